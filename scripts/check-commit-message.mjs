// SPDX-License-Identifier: Apache-2.0
// The commit-msg hook: a conventional title, with a package or folder as scope.
import { readFileSync } from "node:fs";

const [title = ""] = readFileSync(process.argv[2], "utf8").split("\n");
const pattern =
  /^(feat|fix|perf|refactor|test|docs|build|ci|chore|revert)(\([a-z0-9-]+(,[a-z0-9-]+)*\))?!?: \S.{2,}$/;
if (!pattern.test(title) && !/^(Merge|Revert|fixup!|squash!) /.test(title)) {
  console.error(
    `commit title refused: ${JSON.stringify(title)} is not "type(scope): what changes". ` +
      'Write it as, for example, "fix(watches): keep the key locked until a late reconcile ends".',
  );
  process.exit(1);
}
if (title.length > 100) {
  console.error(`commit title refused: ${title.length} characters. Keep it within 100.`);
  process.exit(1);
}
