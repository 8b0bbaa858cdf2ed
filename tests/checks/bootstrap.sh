#!/usr/bin/env bash
# Checks that a bootstrap runs on provided.al2023, wherever it was built: static, or dynamic with glibc 2.34 at most and
# only libraries that the image has. Usage: bootstrap.sh FILE
set -euo pipefail
file=$1
failed=0
passed=0
check() { # check NAME COMMAND...
  local name=$1
  shift
  if "$@"; then echo "ok    $name"; passed=$((passed + 1)); else echo "FAIL  $name"; failed=$((failed + 1)); fi
}
headers=$(objdump -p "$file" 2>&1 || true)
needed=$(sed -n 's|^ *NEEDED *||p' <<<"$headers")
newest=$( (objdump -T "$file" 2>/dev/null || true) | { grep -o 'GLIBC_[0-9.]*' || true; } | sort -Vu | tail -n 1)

executable() { [ "$(stat -c %a "$file")" = 755 ]; }
old_enough() { [ -z "$newest" ] || [ "$(printf '%s\nGLIBC_2.34\n' "$newest" | sort -V | tail -n 1)" = GLIBC_2.34 ]; }
known() { [ -z "$needed" ] || ! grep -vxE 'lib(c|m|gcc_s|pthread|dl|rt)\.so\.[0-9]+|ld-linux-[a-z0-9-]+\.so\.[0-9]+' <<<"$needed" | grep -q .; }
stripped() { ! objdump -h "$file" | grep -q '\.debug_info'; }
small() { [ "$(python3 - "$file" <<'PY'
import io, sys, zipfile
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
    package.write(sys.argv[1], "bootstrap")
print(len(buffer.getvalue()))
PY
)" -le $((50 * 1024 * 1024)) ]; }

check "mode is 0755" executable
check "glibc ${newest:-none} is at most 2.34" old_enough
check "needs only the image's libraries: $(tr '\n' ' ' <<<"${needed:-none}")" known
check "stripped" stripped
check "the zip file fits a direct upload" small
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
