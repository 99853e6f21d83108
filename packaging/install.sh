#!/bin/sh
# Installs parallel for this user from a release, after checking its sum. Needs curl, tar and sha256sum.
#
#   sh install.sh [--prefix DIR] [--name NAME]
#
# DIR is ~/.local unless given. NAME is parallel, or parallel-web where GNU parallel or moreutils has that name.
# It writes nothing outside DIR, starts nothing, and changes no startup file.
set -eu

downloads=${PARALLEL_DOWNLOADS:-@DOWNLOADS@}
version=@VERSION@
prefix=${HOME:?}/.local
name=
while [ $# -gt 0 ]; do
    case $1 in
    --prefix) prefix=${2:?--prefix needs a directory} && shift 2 ;;
    --name) name=${2:?--name needs a name} && shift 2 ;;
    *) echo "usage: install.sh [--prefix DIR] [--name NAME]" >&2 && exit 2 ;;
    esac
done
fail() { echo "error: $*" >&2 && exit 1; }

# What the program needs of the system is looked at before anything is loaded.
[ "$(uname -sm)" = "Linux x86_64" ] ||
    fail "this is $(uname -sm); there is a release for Linux x86_64 only. Elsewhere, build it: see README.md"
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null || true)
case $glibc in
"glibc 2."*) [ "${glibc#glibc 2.}" -ge 34 ] || fail "this system has $glibc; 2.34 is needed (RHEL 9, Ubuntu 22.04, Debian 12)" ;;
*) fail "this system has no glibc (musl, as in Alpine, will not do)" ;;
esac
if ! { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q 'libcurl\.so\.4'; then
    echo "warning: libcurl is missing, without which nothing can be sent (Debian: libcurl4; Fedora: libcurl)" >&2
fi

if [ -z "$name" ]; then
    name=parallel
    other=$(command -v parallel || true)
    if [ -n "$other" ] && ! "$other" --version </dev/null 2>/dev/null | grep -q '^parallel [0-9.]*$'; then
        name=parallel-web
        echo "$other is another program, so this one is called $name" >&2
    fi
fi
case $name in parallel | parallel-web) ;; *) fail "the name is parallel or parallel-web" ;; esac

release=parallel-$version-linux-x86_64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in "$release.tar.gz" SHA256SUMS; do
    curl -fsSL --proto =https,http "$downloads/$file" -o "$work/$file" || fail "can't get $downloads/$file"
done
(cd "$work" && grep " $release.tar.gz\$" SHA256SUMS | sha256sum -c - >/dev/null 2>&1) ||
    fail "$release.tar.gz does not have the sum that SHA256SUMS names; nothing was installed"

tar -xzf "$work/$release.tar.gz" -C "$work"
mkdir -p "$prefix/bin"
for program in "" -sandbox; do
    cp "$work/$release/bin/parallel$program" "$prefix/bin/$name$program.new"
    mv -f "$prefix/bin/$name$program.new" "$prefix/bin/$name$program"
done
sh "$work/$release/packaging/documents" "$prefix" "$name"
echo "installed $prefix/bin/$name $version and $name-sandbox, with manual pages and completions" >&2
case :$PATH: in
*:"$prefix/bin":*) ;;
*) echo "to have it on your PATH, add to your shell's startup file: export PATH=\"$prefix/bin:\$PATH\"" >&2 ;;
esac
echo "try it without a key: $name-sandbox run -- $name task run 'Who founded Intel?'" >&2
