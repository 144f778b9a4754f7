#!/bin/sh
# Install what the tests need beside Python, on Debian, as root. The tests start their own private servers.
set -eu
export DEBIAN_FRONTEND=noninteractive
# No packaged service is to start: the tests bring their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get -qq update
apt-get -qq install -y --no-install-recommends postgresql redis-server chromium \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 libthai0 fonts-thai-tlwg > /dev/null
