#!/usr/bin/env bash
# Takes the release in target/dist from nothing to a run that ends as SUCCESS: with nothing else on the path, without a network,
# in an empty folder; the same inside of Debian 11. Then the arm64 programs, under qemu. As root, for the namespaces.
set -euo pipefail
root=$PWD
# Outside of this repository: synth init refuses a folder inside of one.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/arm64"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
tar -xzf "target/dist/synth-$version-x86_64-unknown-linux-musl.tar.gz" -C "$work/bin" --strip-components=1
arm64=target/dist/synth-$version-aarch64-unknown-linux-musl.tar.gz
test ! -e "$arm64" || tar -xzf "$arm64" -C "$work/arm64" --strip-components=1
for program in qemu-aarch64-static:qemu-user-static debootstrap:debootstrap unshare:util-linux; do
  command -v "${program%:*}" >/dev/null || { echo "error: ${program%:*} is missing; run: apt-get install ${program#*:}" >&2; exit 2; }
done

(cd target/dist && sha256sum --quiet --check SHA256SUMS)
echo "ok    the checksums"
for program in "$work"/*/synth; do
  ! readelf --program-headers "$program" | grep -q INTERP || { echo "FAIL  $program is not static"; exit 1; }
done
echo "ok    synth is static"

# From nothing to the first SUCCESS. PATH has synth alone; the loopback is up, and there is no other network.
cat > "$work/journey.sh" <<'SCRIPT'
set -eu
export PATH=$1 HOME=/nonexistent
cd "$2"
synth init runners --yes --organization org_sYG4DOJZNGy8bYnt --github acme/runners
cd runners
synth
synth --check
synth try create_vm --input cpu=2 --input memory=4 --input storage=8 --input region=eu-west-1
SCRIPT
journey() { # journey NAME COMMAND...
  local name=$1 started=$EPOCHREALTIME
  shift
  if ! "$@" >"$work/$name.log" 2>&1 || ! grep -q SUCCESS "$work/$name.log"; then
    cat "$work/$name.log"
    echo "FAIL  $name"
    exit 1
  fi
  echo "ok    $name: four commands, $(((${EPOCHREALTIME/./} - ${started/./}) / 1000)) ms to SUCCESS"
}
mkdir "$work/empty"
alone=()
if unshare --net true 2>/dev/null; then
  alone=(unshare --net sh -c 'ip link set lo up 2>/dev/null || ifconfig lo up; exec "$@"' sh)
else
  echo "note  this user may not make a network namespace, so the network is there"
fi
journey "an empty folder" "${alone[@]}" /bin/sh "$work/journey.sh" "$work/bin" "$work/empty"
# What was written is what SAM would upload.
test -x "$work/empty/runners/out/runner/bootstrap"

# Debian 11 has an older glibc. Its root is made once; that needs a mirror, and to be root.
debian=$root/target/tools/bullseye
if ! test -e "$debian/.installed"; then
  rm -rf "$debian"
  echo "installing Debian 11 ..." >&2
  if debootstrap --variant=minbase bullseye "$debian" >"$work/debootstrap.log" 2>&1; then touch "$debian/.installed"; else tail -n 3 "$work/debootstrap.log"; fi
fi
if test -e "$debian/.installed" && mount --bind /dev "$debian/dev"; then
  trap 'umount "$debian/dev" "$debian/proc"; rm -rf "$work"' EXIT
  mount -t proc proc "$debian/proc"
  rm -rf "$debian/own" "$debian/opt/synth"
  mkdir -p "$debian/own" "$debian/opt/synth"
  cp "$work/bin/synth" "$debian/opt/synth/"
  cp "$work/journey.sh" "$debian/own/"
  journey "Debian 11" "${alone[@]}" chroot "$debian" /bin/sh /own/journey.sh /opt/synth /own
else
  echo "note  Debian 11 was not tried: its root cannot be made here"
fi

# arm64: synth builds the example to the same bytes; the function takes runs.
cp -r "$work/empty/runners" "$work/runners-arm64"
(cd "$work/empty/runners" && sed -i '1i architecture = "arm64"' synth.toml && "$work/bin/synth" build >/dev/null 2>&1)
if test -e "$work/arm64/synth"; then
  (cd "$work/runners-arm64" && rm -rf out && sed -i '1i architecture = "arm64"' synth.toml && qemu-aarch64-static "$work/arm64/synth" build >/dev/null 2>&1)
  diff -r "$work/empty/runners/out" "$work/runners-arm64/out"
  echo "ok    synth for arm64 writes what synth for x86_64 writes"
fi
printf '#!/bin/sh\nexec qemu-aarch64-static %s\n' "$work/empty/runners/out/runner/bootstrap" > "$work/bootstrap"
chmod +x "$work/bootstrap"
CHAOS_RUNS=50 CHAOS_SEED=1 CHAOS_BOOTSTRAP=$work/bootstrap cargo test --quiet --package handler --test chaos -- --nocapture >"$work/chaos.log" 2>&1 \
  || { tail -n 30 "$work/chaos.log"; echo "FAIL  the function for arm64"; exit 1; }
echo "ok    the function for arm64 takes runs"
