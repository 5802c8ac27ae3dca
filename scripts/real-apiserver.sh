#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a real kube-apiserver 1.20.2, its controller manager and etcd from Debian bookworm's packages
# alone, into a cache outside the tree, and prints the folder to set KUBEBUILDER_ASSETS to.
#
#   scripts/real-apiserver.sh [--e2e]        about 5 minutes on 2 cores, 1.5 GB of memory, 2 GB of disk
#
# Needs apt-get, dpkg-deb, make, jq and a network that reaches a Debian mirror; not root. Nothing is
# installed: the packages are unpacked inside the cache. With --e2e the conformance binary is built too.
# HAVERSACK_CACHE names another cache; DEBIAN_MIRROR another mirror. Where something that it needs is
# missing it says what and ends with status 3, having changed nothing else.
set -euo pipefail

mirror="${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
cache="${HAVERSACK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/haversack}/real-apiserver-1.20.2"
assets="$cache/assets"
want_e2e=""
if [ "${1:-}" = "--e2e" ]; then want_e2e=1; fi

say() { echo "real-apiserver: $*" >&2; }
missing() { say "$*"; exit 3; }

finished() {
  for binary in etcd kube-apiserver kube-controller-manager ${want_e2e:+e2e.test}; do
    [ -x "$assets/$binary" ] || return 1
  done
}

if finished; then echo "$assets"; exit 0; fi
for tool in apt-get apt-cache dpkg-deb make jq openssl tar; do
  command -v "$tool" >/dev/null || missing "$tool is missing. Install it (Debian: apt-get install apt dpkg make jq openssl tar)."
done
[ "$(dpkg --print-architecture)" = amd64 ] || say "untested on $(dpkg --print-architecture); going on"
mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial" "$cache/apt/parts" "$cache/root" "$assets"

# A package database of its own, so that the machine's is neither read nor changed.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || missing "$keyring is missing. Install debian-archive-keyring."
cat > "$cache/apt/sources.list" <<LIST
deb [signed-by=$keyring] $mirror bookworm main
deb-src [signed-by=$keyring] $mirror bookworm main
LIST
touch "$cache/apt/status"
apt=(-o "Dir::Etc::sourcelist=$cache/apt/sources.list" -o "Dir::Etc::sourceparts=$cache/apt/parts"
  -o "Dir::State::lists=$cache/apt/lists" -o "Dir::State::status=$cache/apt/status"
  -o "Dir::Cache::archives=$cache/apt/archives" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
  -o "APT::Sandbox::User=root" -o "Acquire::Retries=3" -q)
say "reading the package lists of $mirror"
apt-get "${apt[@]}" update >&2 || missing "the Debian mirror $mirror cannot be read. Set DEBIAN_MIRROR."

download() {
  for package in golang-1.19-go golang-1.19-src etcd-server golang-github-modern-go-reflect2-dev \
    rsync libpopt0 libxxhash0; do
    ls "$cache/apt/archives/${package}_"*.deb >/dev/null 2>&1 && continue
    (cd "$cache/apt/archives" && apt-get "${apt[@]}" download "$package" >&2) ||
      missing "the package $package cannot be had."
  done
  (cd "$cache/apt" && ls kubernetes_*.orig.tar.* >/dev/null 2>&1) ||
    (cd "$cache/apt" && apt-get "${apt[@]}" source --download-only --tar-only kubernetes >&2) ||
    missing "the source package kubernetes cannot be had."
}
say "downloading Go 1.19, etcd and the Kubernetes source"
download
for archive in "$cache/apt/archives/"*.deb; do dpkg-deb -x "$archive" "$cache/root"; done
install -m 755 "$cache/root/usr/bin/etcd" "$assets/etcd"

tree="$cache/go/src/k8s.io/kubernetes"
if [ ! -e "$tree/.unpacked" ]; then
  say "unpacking the source"
  mkdir -p "$tree"
  tar -xf "$cache"/apt/kubernetes_*.orig.tar.* -C "$tree" --strip-components=1
  # The vendored reflect2 1.0.1 reads map internals that Go 1.18 changed: the server it makes dies
  # at the first custom resource.
  rm -rf "$tree/vendor/github.com/modern-go/reflect2"
  cp -r "$cache/root/usr/share/gocode/src/github.com/modern-go/reflect2" \
    "$tree/vendor/github.com/modern-go/reflect2"
  touch "$tree/.unpacked"
fi

cat > "$cache/version" <<VERSION
KUBE_GIT_COMMIT='debian'
KUBE_GIT_TREE_STATE='clean'
KUBE_GIT_VERSION='v1.20.2'
KUBE_GIT_MAJOR='1'
KUBE_GIT_MINOR='20'
VERSION
export GOROOT="$cache/root/usr/lib/go-1.19" GOPATH="$cache/go" GOCACHE="$cache/go-cache"
export GO111MODULE=off CGO_ENABLED=0 GOFLAGS="" KUBE_GIT_VERSION_FILE="$cache/version"
unset GOTOOLDIR
# Debian splits Go's tree over /usr/lib and /usr/share by absolute links; inside the cache they are put right.
for part in src test api misc; do
  if [ -d "$cache/root/usr/share/go-1.19/$part" ]; then
    rm -rf "${GOROOT:?}/$part"; ln -s "../../share/go-1.19/$part" "$GOROOT/$part"
  fi
done
export PATH="$GOROOT/bin:$cache/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$cache/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo x86_64-linux-gnu)"
say "building with $(go version)"
cd "$tree"
make WHAT="cmd/kube-apiserver cmd/kube-controller-manager" >&2
install -m 755 _output/bin/kube-apiserver _output/bin/kube-controller-manager "$assets/"
if [ -n "$want_e2e" ]; then
  say "building the conformance binary"
  go test -c -o "$assets/e2e.test" k8s.io/kubernetes/test/e2e >&2
fi
command -v kubectl >/dev/null && ln -sf "$(command -v kubectl)" "$assets/kubectl"
finished || missing "the build ended without its binaries; see the messages above."
say "done: export KUBEBUILDER_ASSETS=$assets"
echo "$assets"
