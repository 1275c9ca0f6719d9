// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {Parameters, Terms} from "../src/court/CourtParameters.sol";

/// @notice Who has which power in a new network, and how long what they schedule waits.
struct People {
    /// Makes the calls, and administers the network until it is handed over.
    address sender;
    address admin;
    address pauser;
    address guardian;
    /// Receives what is left of a new token's supply.
    address treasury;
    uint32 delay;
    bool allowEoa;
}

/// @notice The faucet of a test network; amounts in wei.
struct FaucetOptions {
    bool wanted;
    uint256 drip;
    uint64 cooldown;
    uint256 daily;
    uint256 gas;
    uint8 workBits;
    uint256 cai;
    uint256 native;
}

/// @notice The source of randomness: a drand network, or the chain's own blocks.
struct RandomnessOptions {
    bool drand;
    uint256[4] key;
    uint64 genesis;
    uint64 period;
}

/// @notice Everything that a deployment can choose; times in seconds, amounts in wei of CAI.
struct Options {
    /// Whether the chain is one of a single machine.
    bool local;
    /// Token in use; zero for a new one.
    address cai;
    /// AccessManager in use; zero for a new one.
    address authority;
    People people;
    uint64 epoch;
    uint64 unbonding;
    uint64 period;
    uint256 miningReserve;
    uint256 stakingReserve;
    uint64 disputeWindow;
    uint64 thaw;
    uint64 claimDelay;
    uint16 faultBps;
    RandomnessOptions randomness;
    Terms terms;
    Parameters parameters;
    FaucetOptions faucet;
    string name;
    string[] rpcUrls;
    uint256 blockTimeMs;
}

/// @notice Reads the options of a deployment from the environment, and refuses those that do not fit together.
/// {Deploy} lists the variables.
abstract contract OptionsReader {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Longest pause of exits, see {PauseGuard}.
    uint256 internal constant EXIT_PAUSE = 72 hours;
    /// @dev What stakers have to decide in, beyond a pause and the unbonding period.
    uint256 internal constant TIME_TO_REACT = 3 days;
    /// @dev Epochs of two cases, one after the other, see {CourtParameters}.
    uint256 internal constant TWO_CASES = 12;
    /// @dev Key of drand's network evmnet, as it publishes it: imaginary part first.
    string internal constant EVMNET_KEY =
        "0x07e1d1d335df83fa98462005690372c643340060d205306a9aa8106b6bd0b3820557ec32c2ad488e4d4f6008f89a346f18492092ccc0d594610de2732c8b808f0095685ae3a85ba243747b1b2f426049010f6b73a0cf1d389351d5aaaa1047f6297d3a4f9749b33eb2d904c9d9ebf17224150ddd7abd7567a9bec6c74480ee0b";

    /// @notice The deployment was refused; the text says why, and what to do.
    error Refused(string reason);

    /// @notice The options, as the environment has them.
    /// @param sender The account that will make the calls.
    function readOptions(address sender) public view returns (Options memory options) {
        options.local = block.chainid == 31337 || block.chainid == 1337;
        options.cai = account("CAI", address(0));
        options.authority = account("AUTHORITY", address(0));
        readPeople(options, sender);
        readTimes(options);
        readRandomness(options);
        readCourt(options);
        readFaucet(options);
        options.name = text("NETWORK", nameOf(block.chainid));
        options.rpcUrls = words("RPC_URLS", options.local);
        options.blockTimeMs = number("BLOCK_TIME_MS", options.local ? 1_000 : 5_000, type(uint64).max);
    }

    /// @notice Refuses options that do not fit together. What the constructors refuse is left to them.
    function refuse(Options memory options) public view {
        People memory people = options.people;
        if (options.local) return;
        named("ADMIN", people.admin, people.allowEoa);
        if (options.authority == address(0)) {
            named("PAUSER", people.pauser, people.allowEoa);
            named("GUARDIAN", people.guardian, people.allowEoa);
            if (people.pauser == people.admin) {
                revert Refused("PAUSER is ADMIN: whoever schedules a change must not be able to close the exits; name another account");
            }
            if (people.guardian == people.admin) {
                revert Refused("GUARDIAN is ADMIN: it could not cancel what a stolen ADMIN schedules; name another account");
            }
            if (people.delay <= EXIT_PAUSE + options.unbonding + TIME_TO_REACT) {
                revert Refused(string.concat(
                        "DELAY must exceed a pause (72 h), UNBONDING and 3 days together, so that every staker can be out before a change: at least ",
                        vm.toString(EXIT_PAUSE + options.unbonding + TIME_TO_REACT + 1)
                    ));
            }
        }
        if (options.disputeWindow < TWO_CASES * options.epoch) {
            revert Refused(string.concat(
                    "DISPUTE_WINDOW must be at least 12 EPOCH, so that a case without a verdict can be opened again: at least ",
                    vm.toString(TWO_CASES * options.epoch)
                ));
        }
        if (options.cai == address(0) && people.treasury == people.sender) {
            revert Refused("TREASURY is the sender: name the account that keeps what is left of the supply");
        }
    }

    function named(string memory what, address who, bool allowEoa) private view {
        if (who == address(0)) {
            revert Refused(string.concat(what, " is not set: a public network names its people (a multisig each)"));
        }
        if (who.code.length == 0 && !allowEoa) {
            revert Refused(string.concat(
                    what, " has no code: name a multisig, or set ALLOW_EOA=true to trust one private key"
                ));
        }
    }

    // ---------------------------------------------------------------------------------------------------- groups

    function readPeople(Options memory options, address sender) private view {
        People memory people = options.people;
        // On one machine, the sender is everybody; on a public network nobody is by default.
        address nobody = options.local ? sender : address(0);
        people.sender = sender;
        people.admin = account("ADMIN", nobody);
        people.pauser = account("PAUSER", options.local ? people.admin : nobody);
        people.guardian = account("GUARDIAN", options.local ? people.admin : nobody);
        people.treasury = account("TREASURY", people.admin);
        people.delay = uint32(number("DELAY", options.local ? 0 : 14 days, type(uint32).max));
        people.allowEoa = flag("ALLOW_EOA", false);
    }

    function readTimes(Options memory options) private view {
        bool local = options.local;
        options.epoch = time("EPOCH", local ? 10 : 1_800);
        options.unbonding = time("UNBONDING", local ? 2 minutes : 7 days);
        options.period = time("PERIOD", local ? 1 days : 7 days);
        options.miningReserve = number("MINING_RESERVE", 300_000_000e18, type(uint96).max);
        options.stakingReserve = number("STAKING_RESERVE", 110_000_000e18, type(uint96).max);
        options.disputeWindow = time("DISPUTE_WINDOW", local ? 30 : 2 days);
        options.thaw = time("THAW", local ? 1 minutes : 3 days);
        options.claimDelay = time("CLAIM_DELAY", local ? 20 : 4 hours);
        options.faultBps = uint16(number("FAULT_BPS", 1_000, type(uint16).max));
    }

    function readRandomness(Options memory options) private view {
        RandomnessOptions memory randomness = options.randomness;
        string memory kind = text("RANDOMNESS", options.local ? "block" : "drand");
        randomness.drand = same(kind, "drand");
        if (!randomness.drand && !same(kind, "block")) {
            revert Refused(string.concat("RANDOMNESS=", kind, " is unknown: use drand or block"));
        }
        bytes memory key = vm.parseBytes(text("DRAND_KEY", EVMNET_KEY));
        if (key.length != 128) revert Refused("DRAND_KEY must have 128 bytes, as drand publishes a key on BN254");
        (uint256 imaginaryX, uint256 realX, uint256 imaginaryY, uint256 realY) =
            abi.decode(key, (uint256, uint256, uint256, uint256));
        randomness.key = [realX, imaginaryX, realY, imaginaryY];
        randomness.genesis = time("DRAND_GENESIS", 1_727_521_075);
        randomness.period = time("DRAND_PERIOD", 3);
    }

    function readCourt(Options memory options) private view {
        options.terms = Terms({
            seats: number("SEATS", 31, type(uint256).max),
            window: options.disputeWindow,
            minimumJury: uint96(number("MINIMUM_JURY", options.local ? 0 : 200_000e18, type(uint96).max))
        });
        options.parameters = Parameters({
            bond: uint96(number("BOND", 1_000e18, type(uint96).max)),
            bondBps: uint16(number("BOND_BPS", 50, type(uint16).max)),
            equivocationBps: uint16(number("EQUIVOCATION_BPS", 5_000, type(uint16).max)),
            falsifiedBps: uint16(number("FALSIFIED_BPS", 2_000, type(uint16).max)),
            jurorDock: uint96(number("JUROR_DOCK", 20e18, type(uint96).max))
        });
    }

    function readFaucet(Options memory options) private view {
        FaucetOptions memory faucet = options.faucet;
        // The contract refuses to be deployed on a network whose tokens have a price.
        faucet.wanted = options.local || block.chainid == 1210;
        faucet.drip = number("FAUCET_DRIP", 25_000e18, type(uint256).max);
        faucet.cooldown = time("FAUCET_COOLDOWN", 1 days);
        faucet.daily = number("FAUCET_DAILY", 1_000_000e18, type(uint256).max);
        faucet.gas = number("FAUCET_GAS", 0.1 ether, type(uint256).max);
        faucet.workBits = uint8(number("FAUCET_WORK_BITS", options.local ? 8 : 20, 32));
        faucet.cai = number("FAUCET_CAI", 50_000_000e18, type(uint256).max);
        faucet.native = number("FAUCET_NATIVE", options.local ? 10 ether : 0, type(uint256).max);
    }

    // ---------------------------------------------------------------------------------------------------- values

    /// @dev A variable of the environment; empty if it is not set.
    function variable(string memory name) internal view virtual returns (string memory) {
        return vm.envOr(name, string(""));
    }

    function text(string memory name, string memory otherwise) internal view returns (string memory value) {
        value = variable(name);
        if (bytes(value).length == 0) value = otherwise;
    }

    function number(string memory name, uint256 otherwise, uint256 max) internal view returns (uint256 value) {
        string memory given = variable(name);
        value = bytes(given).length == 0 ? otherwise : vm.parseUint(given);
        if (value > max) revert Refused(string.concat(name, " is too large: at most ", vm.toString(max)));
    }

    function time(string memory name, uint256 otherwise) internal view returns (uint64) {
        return uint64(number(name, otherwise, type(uint64).max));
    }

    function account(string memory name, address otherwise) internal view returns (address) {
        string memory given = variable(name);
        return bytes(given).length == 0 ? otherwise : vm.parseAddress(given);
    }

    function flag(string memory name, bool otherwise) internal view returns (bool) {
        string memory given = variable(name);
        return bytes(given).length == 0 ? otherwise : vm.parseBool(given);
    }

    /// @dev Endpoints are not guessed for a public network.
    function words(string memory name, bool local) private view returns (string[] memory) {
        string memory given = text(name, local ? "http://127.0.0.1:8545" : "");
        return bytes(given).length == 0 ? new string[](0) : vm.split(given, ",");
    }

    function nameOf(uint256 chainId) private pure returns (string memory) {
        if (chainId == 31337 || chainId == 1337) return "local";
        if (chainId == 1210) return "testnet";
        if (chainId == 1200) return "mainnet";
        return string.concat("chain-", vm.toString(chainId));
    }

    function same(string memory a, string memory b) internal pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }
}
