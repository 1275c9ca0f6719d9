// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm, VmSafe} from "forge-std/Vm.sol";
import {console2} from "forge-std/console2.sol";
import {CAIToken} from "../src/CAIToken.sol";
import {DisputeCourt} from "../src/DisputeCourt.sol";
import {EmissionController} from "../src/EmissionController.sol";
import {Faucet} from "../src/Faucet.sol";
import {Settlement} from "../src/Settlement.sol";
import {Staking} from "../src/Staking.sol";
import {Parameters} from "../src/court/CourtParameters.sol";
import {Role} from "../src/staking/NodeRegistry.sol";
import {Wiring} from "./Wiring.sol";

/// @notice Deploys a network: the token (or takes the one named by CAI), an AccessManager (or takes AUTHORITY), the
/// staking contract, the emission controller, the settlement of payments, the court and, on test networks, a funded
/// faucet. Sets up the roles, and fills the reserves when it created the token. A broadcast writes the network's
/// description to deployments/<chain id>.json, for `cuckoo --network PATH`; a simulation (without --broadcast) only
/// prints it.
/// @dev Environment, all optional; CAI amounts in wei of CAI:
///   CAI             token in use; without it a new one is created
///   TREASURY        receives the supply of a new token (default: the sender)
///   AUTHORITY       AccessManager in use; roles are set up if the sender administers it
///   ADMIN           administrator and governor of a new AccessManager, administrator of the faucet (default: the
///                   sender)
///   PAUSER          may pause (default: ADMIN)
///   DELAY           seconds before what ADMIN schedules takes effect (default 10 days, so that stakers who reject it
///                   can unbond before then; 0 on 31337 and 1337)
///   EPOCH_BLOCKS    blocks of an epoch (default 300; 10 on 31337 and 1337)
///   UNBONDING       seconds of unbonding (default 7 days; 2 minutes on 31337 and 1337)
///   PERIOD          seconds of an emission period (default 7 days; 1 day on 31337 and 1337)
///   MINING_RESERVE  CAI that will stream to miners (default 300,000,000 CAI)
///   STAKING_RESERVE CAI that will stream to coordinators (default 110,000,000 CAI)
///   DISPUTE_WINDOW  seconds after a ticket's deadline in which its receipt can be disputed (default 2 days; 30 on 31337
///                   and 1337); with six epochs it must be shorter than UNBONDING
///   MAX_BLOCK_TIME  seconds between two blocks at most, to compare epochs with UNBONDING (default 15; 1 on 31337 and
///                   1337)
///   THAW            seconds until escrow can leave, longer than DISPUTE_WINDOW (default 3 days; 1 minute on 31337 and
///                   1337)
///   CLAIM_DELAY     seconds after its deadline until an unpaid ticket can be claimed (default 1 hour; 0 on 31337 and
///                   1337)
///   FAULT_BPS       what a coordinator's fault costs, in hundredths of a percent of its stake (default 1,000)
///   SEATS           expected jurors' seats (default 7; 3 on 31337 and 1337)
///   BOND            bond of a dispute (default 1,000 CAI)
///   FAUCET_DRIP     one drip (default 25,000 CAI)
///   FAUCET_COOLDOWN seconds between two drips for one address (default 1 day)
///   FAUCET_DAILY    daily cap of drips (default 1,000,000 CAI)
///   FAUCET_GAS      native balance that a drip tops up to, in wei (default 0.1)
///   FAUCET_CAI      CAI to fund the faucet with (default 50,000,000 CAI)
///   FAUCET_NATIVE   native coin to fund the faucet with, in wei (default 10 on 31337 and 1337, else 0)
///   NETWORK         name of the network (default: local on 31337 and 1337, testnet on 1210, mainnet on 1200, else chain-ID)
///   RPC_URLS        endpoints for everybody, separated by commas (default http://127.0.0.1:8545 on 31337 and 1337, else
///                   none; without any, every command needs --rpc-url)
///   BLOCK_TIME_MS   milliseconds between two blocks, as expected (default 5,000; 1,000 on 31337 and 1337)
contract Deploy {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice Forge recognises a script by this constant.
    bool public constant IS_SCRIPT = true;

    /// @dev The deployed contracts; zero for those that are not deployed.
    struct Network {
        IERC20 cai;
        AccessManager authority;
        Staking staking;
        EmissionController emission;
        Settlement settlement;
        DisputeCourt court;
        address faucet;
    }

    function run() external returns (Network memory network) {
        vm.startBroadcast();
        network = deploy(msg.sender);
        vm.stopBroadcast();
        write(network);
    }

    /// @param sender The account that makes the calls and administers the network until it is handed over.
    function deploy(address sender) public returns (Network memory network) {
        bool local = block.chainid == 31337 || block.chainid == 1337;
        address admin = vm.envOr("ADMIN", sender);

        network.cai = IERC20(vm.envOr("CAI", address(0)));
        bool created = address(network.cai) == address(0);
        if (created) network.cai = new CAIToken(vm.envOr("TREASURY", sender));
        network.authority = AccessManager(vm.envOr("AUTHORITY", address(0)));
        bool founded = address(network.authority) == address(0);
        if (founded) network.authority = new AccessManager(sender);
        network.staking = new Staking(
            network.cai,
            uint64(vm.envOr("EPOCH_BLOCKS", local ? uint256(10) : uint256(300))),
            uint64(vm.envOr("UNBONDING", local ? uint256(2 minutes) : uint256(7 days))),
            address(network.authority)
        );
        network.emission = new EmissionController(
            network.staking,
            uint64(vm.envOr("PERIOD", local ? uint256(1 days) : uint256(7 days))),
            address(network.authority)
        );
        deployPayments(network, local);

        if (wire(network, sender)) {
            if (founded) {
                Wiring.people(
                    network.authority,
                    admin,
                    vm.envOr("PAUSER", admin),
                    sender,
                    uint32(vm.envOr("DELAY", local ? uint256(0) : uint256(10 days)))
                );
            }
            if (created) fillReserves(network, sender);
        }
        if (local || block.chainid == 1210) network.faucet = deployFaucet(network.cai, sender, admin, local);
    }

    function deployPayments(Network memory network, bool local) private {
        uint64 window = uint64(vm.envOr("DISPUTE_WINDOW", local ? uint256(30) : uint256(2 days)));
        network.settlement = new Settlement(
            network.staking,
            address(network.authority),
            window,
            uint64(vm.envOr("THAW", local ? uint256(1 minutes) : uint256(3 days))),
            uint64(vm.envOr("CLAIM_DELAY", local ? uint256(0) : uint256(1 hours))),
            uint16(vm.envOr("FAULT_BPS", uint256(1_000)))
        );
        network.court = new DisputeCourt(
            network.staking,
            address(network.authority),
            vm.envOr("SEATS", local ? uint256(3) : uint256(7)),
            window,
            uint64(vm.envOr("MAX_BLOCK_TIME", local ? uint256(1) : uint256(15))),
            Parameters({
                bond: uint96(vm.envOr("BOND", uint256(1_000e18))),
                equivocationBps: 5_000,
                falsifiedBps: 2_000,
                jurorBps: 10
            })
        );
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

    function fillReserves(Network memory network, address sender) private {
        uint256 mining = vm.envOr("MINING_RESERVE", uint256(300_000_000e18));
        uint256 staking = vm.envOr("STAKING_RESERVE", uint256(110_000_000e18));
        if (network.cai.balanceOf(sender) < mining + staking) {
            console2.log("The sender holds too little CAI to fill the reserves of", address(network.emission));
            return;
        }
        network.cai.approve(address(network.emission), mining + staking);
        if (mining != 0) {
            network.emission.fund(Role.Miner, mining);
            network.emission.startPeriod(Role.Miner);
        }
        if (staking != 0) {
            network.emission.fund(Role.Coordinator, staking);
            network.emission.startPeriod(Role.Coordinator);
        }
    }

    function deployFaucet(IERC20 cai, address sender, address admin, bool local) private returns (address) {
        Faucet faucet = new Faucet(
            cai,
            vm.envOr("FAUCET_DRIP", uint256(25_000e18)),
            uint64(vm.envOr("FAUCET_COOLDOWN", uint256(1 days))),
            vm.envOr("FAUCET_DAILY", uint256(1_000_000e18)),
            vm.envOr("FAUCET_GAS", uint256(0.1 ether)),
            admin
        );
        uint256 amount = vm.envOr("FAUCET_CAI", uint256(50_000_000e18));
        if (cai.balanceOf(sender) >= amount) {
            require(cai.transfer(address(faucet), amount), "funding failed");
        } else {
            console2.log("The sender holds too little CAI to fund the faucet; send CAI to", address(faucet));
        }
        uint256 native = vm.envOr("FAUCET_NATIVE", local ? uint256(10 ether) : 0);
        if (sender.balance < native) {
            console2.log("The sender holds too little native coin to fund the faucet; send some to", address(faucet));
        } else if (native != 0) {
            (bool accepted,) = address(faucet).call{value: native}("");
            require(accepted, "funding failed");
        }
        return address(faucet);
    }

    /// @notice The network as `cuckoo` reads it.
    function describe(Network memory network) public returns (string memory json) {
        bool local = block.chainid == 31337 || block.chainid == 1337;
        string[] memory endpoints = new string[](local ? 1 : 0);
        if (local) endpoints[0] = "http://127.0.0.1:8545";
        string memory key = vm.toString(address(network.staking));
        vm.serializeString(key, "name", vm.envOr("NETWORK", nameOf(block.chainid)));
        vm.serializeUint(key, "chain_id", block.chainid);
        vm.serializeString(key, "rpc_urls", vm.envOr("RPC_URLS", ",", endpoints));
        vm.serializeAddress(key, "staking", address(network.staking));
        vm.serializeAddress(key, "cai", address(network.cai));
        vm.serializeAddress(key, "emission", address(network.emission));
        vm.serializeAddress(key, "settlement", address(network.settlement));
        vm.serializeAddress(key, "court", address(network.court));
        if (network.faucet != address(0)) vm.serializeAddress(key, "faucet", network.faucet);
        vm.serializeAddress(key, "authority", address(network.authority));
        // The block that the simulation is based on, which precedes the block of the first event.
        vm.serializeUint(key, "deployed_at", block.number);
        vm.serializeUint(key, "epoch_blocks", network.staking.epochBlocks());
        json = vm.serializeUint(key, "block_time_ms", vm.envOr("BLOCK_TIME_MS", local ? uint256(1_000) : 5_000));
    }

    function nameOf(uint256 chainId) private pure returns (string memory) {
        if (chainId == 31337 || chainId == 1337) return "local";
        if (chainId == 1210) return "testnet";
        if (chainId == 1200) return "mainnet";
        return string.concat("chain-", vm.toString(chainId));
    }

    function write(Network memory network) private {
        string memory json = describe(network);
        console2.log(json);
        if (vm.isContext(VmSafe.ForgeContext.ScriptBroadcast) || vm.isContext(VmSafe.ForgeContext.ScriptResume)) {
            vm.writeJson(json, string.concat("deployments/", vm.toString(block.chainid), ".json"));
        }
    }
}
