#!/usr/bin/env bash
# Runs every test: installs what the tests talk to (where root allows it), restores, builds, tests, and closes with the true totals.
#   bash tests/run.sh            everything
#   bash tests/run.sh --fast     without the system tests
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Clients and peers that we did not write. A test whose peer is missing is skipped, with its reason.
declare -A peers=([chromium]=chromium [openssl]=openssl [certtool]=gnutls-bin [curl]=curl [cfssl]=golang-cfssl [wsdl2h]=gsoap [g++]=g++ [tcpdump]=tcpdump [systemd-analyze]=systemd [socat]=socat [softhsm2-util]=softhsm2 [zbarimg]=zbar-tools [pdftoppm]=poppler-utils [pkcs11-tool]=opensc [gcc]=gcc [make]=make [vsftpd]=vsftpd [lftp]=lftp [pkg-config]=pkg-config)
missing=()
for command in "${!peers[@]}"; do
  command -v "$command" >/dev/null 2>&1 || missing+=("${peers[$command]}")
done
/usr/bin/python3 -c 'import zeep' >/dev/null 2>&1 || missing+=(python3-zeep)
[ -e /usr/include/stdsoap2.h ] || missing+=(libgsoap-dev)
[ -e /usr/share/fonts/opentype/ipafont-gothic/ipag.ttf ] || missing+=(fonts-ipafont-gothic)
ls /usr/lib/*/engines-3/pkcs11.so >/dev/null 2>&1 || missing+=(libengine-pkcs11-openssl)
[ -e /usr/include/openssl/ssl.h ] || missing+=(libssl-dev)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
      echo "Could not install all of: ${missing[*]}. Tests that need them will be skipped."
  else
    echo "Some tests will be skipped. To run them too: sudo apt-get install ${missing[*]}"
  fi
fi

# The accessibility checker for the browser tests, kept beside other caches of this user.
if [ -z "${PROVISIONING_AXE:-}" ] && command -v npm >/dev/null 2>&1; then
  axe="${XDG_CACHE_HOME:-$HOME/.cache}/provisioning-station/axe-core-4.14.1"
  [ -e "$axe/node_modules/axe-core/axe.min.js" ] || npm install --silent --no-save --no-package-lock --no-fund --no-audit --ignore-scripts --prefix "$axe" axe-core@4.14.1 >/dev/null 2>&1
  [ -e "$axe/node_modules/axe-core/axe.min.js" ] && export PROVISIONING_AXE="$axe/node_modules/axe-core/axe.min.js"
fi

# A second FTP server: Debian installs one at a time, so this one is only unpacked, and what it is linked with is mostly there.
if [ -z "${PROVISIONING_PURE_FTPD:-}" ] && command -v dpkg-deb >/dev/null 2>&1; then
  pure="${XDG_CACHE_HOME:-$HOME/.cache}/provisioning-station/pure-ftpd"
  [ -x "$pure/usr/sbin/pure-ftpd" ] || (mkdir -p "$pure" && cd "$pure" && apt-get download pure-ftpd && dpkg-deb -x pure-ftpd_*.deb .) >/dev/null 2>&1
  if [ -x "$pure/usr/sbin/pure-ftpd" ]; then
    if ldd "$pure/usr/sbin/pure-ftpd" | grep -q 'libsodium.*not found' && [ "$(id -u)" = 0 ]; then apt-get install -y -qq --no-install-recommends libsodium23 >/dev/null 2>&1; fi
    ldd "$pure/usr/sbin/pure-ftpd" | grep -q 'not found' || export PROVISIONING_PURE_FTPD="$pure"
  fi
fi

projects=(tests/ProvisioningStation.Tests tests/ProvisioningStation.SystemTests)
[ "${1:-}" = --fast ] && projects=(tests/ProvisioningStation.Tests)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

echo "Building"
if ! dotnet build ProvisioningStation.sln -v quiet --nologo -clp:NoSummary; then
  echo "The build failed."
  echo "0 passed, 1 failed"
  exit 1
fi

failed_run=0
for project in "${projects[@]}"; do
  echo "Testing $project"
  dotnet test "$project" --no-build --nologo -v quiet --logger "trx;LogFileName=$(basename "$project").trx" --logger "console;verbosity=minimal" --results-directory "$results" </dev/null || failed_run=1
done

# The totals come from the result files, one attribute each; a runner that broke off leaves no file and counts as a failure.
total() {
  grep -ho "<Counters [^>]*" "$results"/*.trx 2>/dev/null | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}
passed=$(total passed)
failed=$(total failed)
skipped=$(( $(total total) - $(total executed) ))
[ "$(ls "$results"/*.trx 2>/dev/null | wc -l)" = ${#projects[@]} ] || failed=$((failed + 1))
[ "$failed_run" = 1 ] && [ "$failed" = 0 ] && failed=1
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
