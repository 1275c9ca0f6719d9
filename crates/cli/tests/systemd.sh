#!/bin/sh
# Both setups under a real systemd: this machine's own root, with everything that is written thrown away afterwards, booted by
# systemd-nspawn (Debian's package systemd-container), on the host's network. It shows what the units become, as root:
#
#   cuckoo devnet --engine scripted     (in another terminal)
#   crates/cli/tests/systemd.sh NETWORK-FILE     (such as ~/.local/share/cuckoo/networks/local.json)
#
# It fails where a setup does, or where a unit is not active a moment later.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 NETWORK-FILE" >&2; exit 1; }
share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT
cp "$(command -v cuckoo)" "$1" "$share"
mv "$share/$(basename "$1")" "$share/network.json"
mkdir "$share/root" "$share/out"

cat >"$share/inside" <<'INSIDE'
#!/bin/sh
exec >/given/out/log 2>&1
set -eux
trap 'echo $? >/given/out/status; systemctl poweroff' EXIT
export HOME=/root CUCKOO_DATA_DIR=/root/cuckoo CUCKOO_NO_INPUT=1
cp /given/cuckoo /usr/local/bin
mkdir -p /etc/cuckoo /root/cuckoo
cp /given/network.json /etc/cuckoo && chmod 644 /etc/cuckoo/network.json
printf 'correct horse' >/root/cuckoo/password && chmod 600 /root/cuckoo/password
set -- --network /etc/cuckoo/network.json --password-file /root/cuckoo/password \
    --unit-directory /etc/systemd/system --start
cuckoo miner setup "$@" --name nspawn-box --engine scripted --bench
cuckoo coordinator setup "$@" --owner boss --node shop --name nspawn-shop --endpoint ws://127.0.0.1:9781/link \
    --prices /etc/cuckoo/prices.toml --api-key first \
    -- --listen 127.0.0.1:9780 --link-listen 127.0.0.1:9781 --admin-listen 127.0.0.1:9782
sleep 5
systemctl is-active cuckoo-miner cuckoo-coordinator
systemctl show cuckoo-miner cuckoo-coordinator -p StatusText -p NRestarts
cuckoo miner status
# A unit is stopped in order.
systemctl stop cuckoo-miner cuckoo-coordinator
[ "$(systemctl show cuckoo-miner cuckoo-coordinator -p Result --value | sort -u | tr -d '\n')" = success ]
INSIDE
chmod +x "$share/inside"
cat >"$share/setup.service" <<'UNIT'
[Unit]
After=basic.target
Requires=basic.target
[Service]
Type=oneshot
ExecStart=/given/inside
TimeoutStartSec=10min
UNIT

# In a namespace of mounts of its own, so that none of them stays.
share=$share unshare -m sh -c 'mount --bind / "$share/root" && exec systemd-nspawn --quiet --directory="$share/root" \
    --volatile=overlay --register=no --keep-unit --machine=cuckoo-setup --bind="$share:/given" \
    --bind-ro="$share/setup.service:/etc/systemd/system/setup.service" --boot systemd.unit=setup.service' \
    </dev/null >"$share/boot" 2>&1 || true
cat "$share/out/log"
[ "$(cat "$share/out/status")" = 0 ]
