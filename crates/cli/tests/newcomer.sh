#!/bin/sh
# A newcomer's whole path on a network with a faucet, by `cuckoo` and `jq` alone: CAI, stake, a node, a vote, and all of it
# back again with what it earned.
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

# A part of the data in a command's JSON envelope.
field() {
    filter=$1
    shift
    answer=$(cuckoo "$@" --json) || exit
    echo "$answer" | jq -r ".data$filter"
}

command -v cuckoo >/dev/null || fail "cuckoo is not on the PATH"
command -v jq >/dev/null || fail "jq is not installed; on Debian: apt-get install -y jq"

[ $# -eq 1 ] || fail "usage: $0 PASSWORD-FILE"

export CUCKOO_ACCOUNT=newcomer CUCKOO_PASSWORD_FILE="$1" CUCKOO_NO_INPUT=1

# A name is anybody's, an address is one node's.
owner=$(field .address wallet new newcomer)
node=$(field .address wallet new newcomer-node)

cuckoo faucet request --to "$owner" --quiet >/dev/null
before=$(field .liquid balance)
cuckoo stake deposit 60000 --quiet >/dev/null
cuckoo register miner --node-account newcomer-node --name newcomer --stake 40000 --quiet >/dev/null
cuckoo vote cast "$node" 20000 --quiet >/dev/null

status=$(field '[0].status' register status "$node")
[ "$status" = active ] || fail "the node is $status"
staked=$(field '.staked[0].amount' balance)
[ "$staked" = 60000000000000000000000 ] || fail "$staked base units are at stake, not 60,000 CAI"

# A stake earns by the second, as the chain's blocks count it.
while
    rewards=$(field '.rewards | length' balance) || exit
    [ "$rewards" = 0 ]
do
    echo "Waiting for the first reward" >&2
    sleep 1
done

# Everything back: unbond, wait, release, withdraw.
cuckoo stake unbond "$node" --all --quiet >/dev/null
while
    unbonding=$(field '.unbonding | map(.available)[0]' stake status) || exit
    [ "$unbonding" != true ]
do
    [ "$unbonding" = false ] || fail "nothing is unbonding"
    echo "Waiting for the stake to unbond" >&2
    sleep 1
done
cuckoo vote release "$node" --quiet >/dev/null
cuckoo stake withdraw max --quiet >/dev/null

after=$(field .liquid balance)
[ "$after" = "$before" ] || fail "there were $before base units before, and there are $after now"

# What the stake earned meanwhile comes on top of it.
earned=$(field .total stake claim "$node")
[ "$earned" != 0 ] || fail "the stake earned nothing"
[ "$(field '.rewards | length' balance)" = 0 ] || fail "rewards are left after the claim"
echo "$after"
