#!/bin/sh
# A newcomer's whole way on a network with a faucet, by the shell and jq alone: wallets, CAI, stake, a node, votes, and back.
#
# Needs cuckoo and jq in the path, a network in use, and a password for the new wallets in the file CUCKOO_PASSWORD_FILE.
set -eu
export CUCKOO_JSON=1

say() { printf '%s\n' "$*" >&2; }

# Runs a command again as long as it is too early for it (exit code 3).
later() {
    while :; do
        if "$@"; then return 0; else code=$?; fi
        [ "$code" -eq 3 ] || return "$code"
        sleep 1
    done
}

data() { jq -e -r ".data$1"; }

owner=$(cuckoo wallet new owner | data .address)
node=$(cuckoo wallet new node | data .address)
voter=$(cuckoo wallet new voter | data .address)
say "owner $owner, node $node, voter $voter"

cuckoo faucet request --to "$owner" | data .transaction.hash >&2
cuckoo faucet request --to "$voter" | data .transaction.hash >&2

cuckoo stake deposit 30000 --account owner | data .amount >&2
cuckoo register miner --account owner --node-account node --name gpu-box --introduction "two cards" --stake 25000 |
    data .transaction.hash >&2
[ "$(cuckoo register status gpu-box | data '[0].status')" = active ]

# A vote, and its weight.
cuckoo stake deposit 1000 --account voter | data .amount >&2
cuckoo vote cast gpu-box 1000 --account voter | data .amount >&2
[ "$(cuckoo vote leaderboard | data '[0].weight')" = 26000000000000000000000 ]

# And back: retracted, waited for, released and paid out.
before=$(cuckoo balance "$voter" | data .liquid)
cuckoo vote retract gpu-box max --account voter | data .amount >&2
[ "$(cuckoo balance "$voter" | data '.unbonding | length')" = 1 ]
later cuckoo vote release gpu-box --account voter | jq -s -e -r '.[-1].data.hash' >&2
cuckoo stake withdraw max --account voter | data .amount >&2
after=$(cuckoo balance "$voter" | data .liquid)
say "the voter had $before and has $after"
[ "$after" = 100000000000000000000000 ]
printf '%s\n' "$node"
