// SPDX-License-Identifier: Apache-2.0
// `npm run build`: installs what is missing, then compiles every package and example.
import { ensureBuilt } from "./ensure.mjs";

ensureBuilt();
