#!/bin/sh
# A newcomer's whole path on a network with a faucet, by `cuckoo` alone: CAI, stake, a node, a vote, and all of it back again
# with what it earned. Standard output is values and tab-separated rows, so `awk` reads it.
#
#   cuckoo devnet --engine scripted     (in another terminal)
#   crates/cli/tests/newcomer.sh PASSWORD-FILE
#
# It makes the wallets `newcomer` and `newcomer-node` with the password in that file, and waits as long as the network's
# unbonding takes.
set -eu

fail() {
    echo "error: $1" >&2
    exit 1
}

# The amounts of the rows whose state begins with the first argument. The others are the command that prints the rows.
amounts() {
    state=$1
    shift
    rows=$(cuckoo "$@") || exit
    printf '%s\n' "$rows" | awk -F '\t' -v state="$state" 'index($1, state) == 1 { print $2 }'
}

command -v cuckoo >/dev/null || fail "cuckoo is not on the PATH"

[ $# -eq 1 ] || fail "usage: $0 PASSWORD-FILE"

export CUCKOO_ACCOUNT=newcomer CUCKOO_PASSWORD_FILE="$1" CUCKOO_NO_INPUT=1

# Several nodes may have one name, and each has an address of its own.
owner=$(cuckoo wallet new newcomer)
node=$(cuckoo wallet new newcomer-node)

cuckoo faucet request --to "$owner" --quiet >/dev/null
before=$(amounts liquid balance)
cuckoo stake deposit 60000 --quiet >/dev/null
cuckoo register miner --node-account newcomer-node --name newcomer --stake 40000 --quiet >/dev/null
cuckoo vote cast "$node" 20000 --quiet >/dev/null

status=$(cuckoo register status "$node" | cut -f 4)
[ "$status" = active ] || fail "the node is $status"
staked=$(amounts 'own stake' balance)
[ "$staked" = 60000000000000000000000 ] || fail "$staked base units are at stake, not 60,000 CAI"

# A stake earns by the second, as the chain's blocks count it.
while
    rewards=$(amounts rewards balance) || exit
    [ -z "$rewards" ]
do
    echo "Waiting for the first reward" >&2
    sleep 1
done

# Everything back: unbond, wait, release, withdraw.
cuckoo stake unbond "$node" --all --quiet >/dev/null
while
    releasable=$(amounts releasable stake status) || exit
    [ -z "$releasable" ]
do
    unbonding=$(amounts unbonding stake status) || exit
    [ -n "$unbonding" ] || [ -n "$(amounts releasable stake status)" ] || fail "nothing is unbonding"
    echo "Waiting for the stake to unbond" >&2
    sleep 1
done
cuckoo vote release "$node" --quiet >/dev/null
cuckoo stake withdraw max --quiet >/dev/null

after=$(amounts liquid balance)
[ "$after" = "$before" ] || fail "there were $before base units before, and there are $after now"

# What the stake earned in the meantime comes on top of that.
cuckoo stake claim "$node" --quiet >/dev/null
[ "$(amounts liquid balance)" != "$after" ] || fail "the stake earned nothing"
[ -z "$(amounts rewards balance)" ] || fail "rewards are left after the claim"
echo "$after"
