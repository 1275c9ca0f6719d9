// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {console2} from "forge-std/console2.sol";
import {CAIToken} from "../src/CAIToken.sol";
import {DisputeCourt} from "../src/DisputeCourt.sol";
import {EmissionController} from "../src/EmissionController.sol";
import {Faucet} from "../src/Faucet.sol";
import {JurorRegistry} from "../src/JurorRegistry.sol";
import {Settlement} from "../src/Settlement.sol";
import {Staking} from "../src/Staking.sol";
import {IRandomness} from "../src/interfaces/IRandomness.sol";
import {BlockRandomness} from "../src/randomness/BlockRandomness.sol";
import {DrandRandomness} from "../src/randomness/DrandRandomness.sol";
import {Role} from "../src/staking/NodeRegistry.sol";
import {Checks, Network} from "./Checks.sol";
import {FaucetOptions, Options, People, RandomnessOptions} from "./Options.sol";
import {Wiring} from "./Wiring.sol";

/// @notice Deploys a network: the token (or takes the one named by CAI), an AccessManager (or takes AUTHORITY), the
/// staking contract, the emission controller, the settlement of payments, the source of randomness, the registry of jurors,
/// the court and, on test networks, a funded faucet. Sets up the roles, fills the reserves when it created the token, gives up every right
/// of the sender, and checks all of it. No emission period begins: anybody can begin the first one once somebody earns.
/// A simulation prints what would be done and why; with --broadcast it is done, and the network's description is written
/// to deployments/<chain id>.json, for `cuckoo --network PATH`. `--sig "verify()"` checks a network against that file
/// and the same environment, and changes nothing.
/// @dev Environment; CAI amounts in wei of CAI. On 31337 and 1337 all of it is optional. On any other chain ADMIN,
/// PAUSER and GUARDIAN must be named, and be contracts:
///   CAI             token in use; without it a new one is created
///   TREASURY        keeps what is left of the supply of a new token (default: ADMIN)
///   AUTHORITY       AccessManager in use; roles are set up if the sender administers it
///   ADMIN           administrator and governor of a new AccessManager, administrator of the faucet; a multisig
///   PAUSER          may close the exits for 72 hours in 30 days; a multisig, not ADMIN
///   GUARDIAN        may cancel what ADMIN has scheduled; a multisig, not ADMIN
///   ALLOW_EOA       true lets ADMIN, PAUSER and GUARDIAN be accounts with a private key
///   DELAY           seconds before what ADMIN schedules takes effect, more than a pause, UNBONDING and 3 days together
///                   (default 14 days; 0 on 31337 and 1337)
///   EPOCH           seconds of an epoch (default 1,800; 10 on 31337 and 1337)
///   UNBONDING       seconds of unbonding (default 7 days; 2 minutes on 31337 and 1337)
///   PERIOD          seconds of an emission period (default 7 days; 1 day on 31337 and 1337)
///   MINING_RESERVE  CAI that will stream to miners (default 300,000,000 CAI)
///   STAKING_RESERVE CAI that will stream to coordinators (default 110,000,000 CAI)
///   DISPUTE_WINDOW  seconds after a ticket's deadline in which its receipt can be disputed (default 2 days; 30 on 31337
///                   and 1337); with six epochs it must be shorter than UNBONDING, and except on 31337 and 1337 it is at
///                   least 12 epochs
///   THAW            seconds until escrow can leave, longer than DISPUTE_WINDOW (default 3 days; 1 minute on 31337 and
///                   1337)
///   CLAIM_DELAY     seconds after its deadline until an unpaid ticket can be claimed, and until a batch's credit is paid;
///                   shorter than DISPUTE_WINDOW, at least four settle periods of the coordinators (default 4 hours; 20
///                   on 31337 and 1337)
///   FAULT_BPS       what a coordinator's fault costs, in hundredths of a percent of its stake (default 1,000)
///   RANDOMNESS      drand (default) or block (default on 31337 and 1337): by whom juries are drawn
///   DRAND_KEY, DRAND_GENESIS, DRAND_PERIOD
///                   the drand network, as it describes itself (default: evmnet)
///   SEATS           expected jurors' seats (default 31)
///   MINIMUM_JURY    declared stake that a jury is drawn from at least (default 200,000 CAI; 0 on 31337 and 1337)
///   BOND, BOND_BPS  bond of a dispute: the larger of an amount (default 1,000 CAI) and a fraction of the accused's stake
///                   in hundredths of a percent (default 50)
///   EQUIVOCATION_BPS, FALSIFIED_BPS
///                   what these offences cost, in hundredths of a percent of the stake (default 5,000 and 2,000)
///   JUROR_DOCK      what a juror pays by the seat (default 20 CAI)
///   FAUCET_DRIP     one drip (default 25,000 CAI)
///   FAUCET_COOLDOWN seconds between two drips for one address (default 1 day)
///   FAUCET_DAILY    daily cap of drips (default 1,000,000 CAI)
///   FAUCET_GAS      native balance that a drip tops up to, in wei (default 0.1)
///   FAUCET_WORK_BITS
///                   work that a request costs: bits that must be zero (default 20; 8 on 31337 and 1337)
///   FAUCET_CAI      CAI to fund the faucet with (default 50,000,000 CAI)
///   FAUCET_NATIVE   native coin to fund the faucet with, in wei (default 10 on 31337 and 1337, else 0)
///   NETWORK         name of the network (default: local on 31337 and 1337, testnet on 1210, mainnet on 1200, else chain-ID)
///   RPC_URLS        endpoints for everybody, separated by commas (default http://127.0.0.1:8545 on 31337 and 1337, else
///                   none; without any, every command needs --rpc-url)
///   BLOCK_TIME_MS   milliseconds between two blocks, as expected (default 5,000; 1,000 on 31337 and 1337)
contract Deploy is Checks {
    /// @notice Forge recognises a script by this constant.
    bool public constant IS_SCRIPT = true;

    function run() external returns (Network memory network) {
        Options memory options = readOptions(msg.sender);
        refuse(options);
        inspect(options.randomness.drand);
        explain(options);
        vm.startBroadcast();
        network = deploy(options);
        vm.stopBroadcast();
        console2.log("Checks:");
        check(network, options);
        write(network, options);
    }

    /// @notice Checks the network of deployments/<chain id>.json.
    function verify() external view {
        string memory json = vm.readFile(path());
        Network memory network;
        network.cai = IERC20(vm.parseJsonAddress(json, ".cai"));
        network.authority = AccessManager(vm.parseJsonAddress(json, ".authority"));
        network.staking = Staking(vm.parseJsonAddress(json, ".staking"));
        network.emission = EmissionController(vm.parseJsonAddress(json, ".emission"));
        network.settlement = Settlement(vm.parseJsonAddress(json, ".settlement"));
        network.randomness = IRandomness(vm.parseJsonAddress(json, ".randomness"));
        network.court = DisputeCourt(vm.parseJsonAddress(json, ".court"));
        network.jurors = network.court.jurors();
        if (vm.keyExistsJson(json, ".faucet")) network.faucet = vm.parseJsonAddress(json, ".faucet");
        checkNetwork(network, readOptions(msg.sender));
    }

    /// @notice Deploys by the options; the caller broadcasts, and has checked them.
    function deploy(Options memory options) public returns (Network memory network) {
        People memory people = options.people;
        bool created = options.cai == address(0);
        bool founded = options.authority == address(0);
        network.cai = created ? new CAIToken(people.sender) : IERC20(options.cai);
        network.authority = founded ? new AccessManager(people.sender) : AccessManager(options.authority);
        address authority = address(network.authority);
        network.staking = new Staking(network.cai, options.epoch, options.unbonding, authority);
        network.emission = new EmissionController(network.staking, options.period, authority);
        network.settlement = new Settlement(
            network.staking, authority, options.disputeWindow, options.thaw, options.claimDelay, options.faultBps
        );
        network.randomness = deployRandomness(options.randomness);
        network.jurors = new JurorRegistry(network.staking);
        network.court = new DisputeCourt(
            network.staking,
            address(network.settlement),
            network.jurors,
            network.randomness,
            authority,
            options.terms,
            options.parameters
        );
        if (wire(network, people.sender)) {
            if (founded) {
                Wiring.people(
                    network.authority, people.admin, people.pauser, people.guardian, people.sender, people.delay
                );
            }
            if (created) fillReserves(network, options);
        }
        if (options.faucet.wanted) network.faucet = deployFaucet(network.cai, options);
        if (created && people.treasury != people.sender) {
            transfer(network.cai, people.treasury, network.cai.balanceOf(people.sender));
        }
    }

    function deployRandomness(RandomnessOptions memory options) private returns (IRandomness) {
        if (!options.drand) return new BlockRandomness();
        return new DrandRandomness(options.key, options.genesis, options.period);
    }

    /// @dev Returns whether the sender could set up the roles.
    function wire(Network memory network, address sender) private returns (bool) {
        (bool member, uint32 delay) = network.authority.hasRole(network.authority.ADMIN_ROLE(), sender);
        if (!member || delay != 0) {
            console2.log("The sender does not administer the AccessManager; its administrator has to set up the roles");
            return false;
        }
        Wiring.staking(network.authority, network.staking);
        Wiring.emission(network.authority, network.emission);
        Wiring.settlement(network.authority, network.settlement);
        Wiring.court(network.authority, network.court);
        return true;
    }

    /// @dev No period begins: while nobody earns, the contract refuses to begin one.
    function fillReserves(Network memory network, Options memory options) private {
        network.cai.approve(address(network.emission), options.miningReserve + options.stakingReserve);
        if (options.miningReserve != 0) network.emission.fund(Role.Miner, options.miningReserve);
        if (options.stakingReserve != 0) network.emission.fund(Role.Coordinator, options.stakingReserve);
    }

    function deployFaucet(IERC20 cai, Options memory options) private returns (address) {
        FaucetOptions memory want = options.faucet;
        address sender = options.people.sender;
        Faucet faucet =
            new Faucet(cai, want.drip, want.cooldown, want.daily, want.gas, options.people.admin, want.workBits);
        if (cai.balanceOf(sender) >= want.cai) {
            transfer(cai, address(faucet), want.cai);
        } else {
            console2.log("The sender holds too little CAI to fund the faucet; send CAI to", address(faucet));
        }
        if (sender.balance < want.native) {
            console2.log("The sender holds too little native coin to fund the faucet; send some to", address(faucet));
        } else if (want.native != 0) {
            (bool accepted,) = address(faucet).call{value: want.native}("");
            require(accepted, "funding failed");
        } else {
            console2.log(
                "The faucet has no coin for newcomers' fees, so that they are refused; send some to", address(faucet)
            );
        }
        return address(faucet);
    }

    function transfer(IERC20 cai, address to, uint256 amount) private {
        require(cai.transfer(to, amount), "transfer failed");
    }

    // ------------------------------------------------------------------------------------------------ description

    /// @notice Says what a deployment would do, and why.
    function explain(Options memory options) public pure {
        People memory people = options.people;
        console2.log("Deploys the network `%s`, with the account %s", options.name, people.sender);
        console2.log(
            "  ADMIN     %s schedules changes; each waits %s s, so that stakers can leave first",
            people.admin,
            people.delay
        );
        console2.log("  PAUSER    %s may close the exits for 72 hours, once in 30 days", people.pauser);
        console2.log("  GUARDIAN  %s may cancel what ADMIN scheduled, and nothing else", people.guardian);
        console2.log("  TREASURY  %s keeps what reserves and faucet leave of a new token", people.treasury);
        line("EPOCH", options.epoch, "s; votes count from the next epoch on, and a draw of jurors takes one");
        line("UNBONDING", options.unbonding, "s in which leaving stake can still be slashed");
        line("PERIOD", options.period, "s of one emission period; the first begins when somebody earns");
        line("MINING_RESERVE", options.miningReserve / 1e18, "CAI for the stakers of miners");
        line("STAKING_RESERVE", options.stakingReserve / 1e18, "CAI for the stakers of coordinators");
        line("DISPUTE_WINDOW", options.disputeWindow, "s after a deadline in which a receipt can be disputed");
        line(
            "CLAIM_DELAY", options.claimDelay, "s in which a coordinator can void a ticket, and other miners come first"
        );
        line("THAW", options.thaw, "s until escrow can leave");
        line("FAULT_BPS", options.faultBps, "hundredths of a percent of a coordinator's stake for a proven fault");
        line("SEATS", options.terms.seats, "jurors' seats in a first draw, three times as many in a second");
        line(
            "MINIMUM_JURY", options.terms.minimumJury / 1e18, "CAI of declared stake that a jury is drawn from at least"
        );
        line("BOND", options.parameters.bond / 1e18, "CAI to open a case, or BOND_BPS of the accused's stake");
        if (options.randomness.drand) {
            console2.log("  RANDOMNESS  drand: signatures of a group of strangers, verified on chain");
        } else {
            console2.log("  RANDOMNESS  block: whoever makes the blocks can choose among juries; for development");
        }
        if (options.faucet.wanted) {
            line("FAUCET_WORK_BITS", options.faucet.workBits, "bits of work for a drip of the faucet");
        }
        if (!options.local) console2.log("At the end the sender has no role and, of a new token, no CAI.");
    }

    function line(string memory name, uint256 value, string memory why) private pure {
        console2.log(string.concat("  ", name, " ", vm.toString(value), " ", why));
    }

    /// @notice The network as `cuckoo` reads it.
    function describe(Network memory network, Options memory options) public returns (string memory json) {
        string memory key = vm.toString(address(network.staking));
        vm.serializeString(key, "name", options.name);
        vm.serializeUint(key, "chain_id", block.chainid);
        vm.serializeString(key, "rpc_urls", options.rpcUrls);
        vm.serializeAddress(key, "staking", address(network.staking));
        vm.serializeAddress(key, "cai", address(network.cai));
        vm.serializeAddress(key, "emission", address(network.emission));
        vm.serializeAddress(key, "settlement", address(network.settlement));
        vm.serializeAddress(key, "court", address(network.court));
        vm.serializeAddress(key, "randomness", address(network.randomness));
        vm.serializeString(key, "randomness_kind", options.randomness.drand ? "drand" : "block");
        if (network.faucet != address(0)) vm.serializeAddress(key, "faucet", network.faucet);
        vm.serializeAddress(key, "authority", address(network.authority));
        // The block that the simulation is based on, which precedes the block of the first event.
        vm.serializeUint(key, "deployed_at", block.number);
        vm.serializeUint(key, "epoch_seconds", network.staking.epochSeconds());
        json = vm.serializeUint(key, "block_time_ms", options.blockTimeMs);
    }

    function write(Network memory network, Options memory options) private {
        string memory json = describe(network, options);
        console2.log(json);
        if (vm.isContext(VmSafe.ForgeContext.ScriptBroadcast) || vm.isContext(VmSafe.ForgeContext.ScriptResume)) {
            vm.writeJson(json, path());
        }
    }

    function path() private view returns (string memory) {
        return string.concat("deployments/", vm.toString(block.chainid), ".json");
    }
}
