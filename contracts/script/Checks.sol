// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {console2} from "forge-std/console2.sol";
import {DisputeCourt} from "../src/DisputeCourt.sol";
import {EmissionController} from "../src/EmissionController.sol";
import {Faucet} from "../src/Faucet.sol";
import {JurorRegistry} from "../src/JurorRegistry.sol";
import {Settlement} from "../src/Settlement.sol";
import {Staking} from "../src/Staking.sol";
import {Parameters} from "../src/court/CourtParameters.sol";
import {Evidence} from "../src/court/Evidence.sol";
import {IRandomness} from "../src/interfaces/IRandomness.sol";
import {Roles} from "../src/libraries/Roles.sol";
import {DrandRandomness} from "../src/randomness/DrandRandomness.sol";
import {Role} from "../src/staking/NodeRegistry.sol";
import {Chain} from "./Chain.sol";
import {FaucetOptions, Options, People} from "./Options.sol";
import {Wiring} from "./Wiring.sol";

/// @notice The deployed contracts; zero for those that are not deployed.
struct Network {
    IERC20 cai;
    AccessManager authority;
    Staking staking;
    EmissionController emission;
    Settlement settlement;
    IRandomness randomness;
    JurorRegistry jurors;
    DisputeCourt court;
    address faucet;
}

/// @notice Asserts what a deployment must have left behind. Each sentence is printed as it is found to be true; the
/// first one that is not ends the script.
abstract contract Checks is Chain {
    /// @notice A deployment is not as it must be.
    error CheckFailed(string sentence);

    /// @dev What a role's members are expected to be.
    struct Expected {
        uint64 role;
        string name;
        address[] members;
        uint32 delay;
    }

    /// @notice Checks a network that nobody has used yet against the options that it was deployed with.
    /// @param network The contracts.
    /// @param options The options.
    function check(Network memory network, Options memory options) public view {
        checkNetwork(network, options);
        if (options.cai == address(0)) checkReserves(network, options);
    }

    /// @notice Checks what stays as it was deployed until governance changes it.
    /// @param network The contracts.
    /// @param options The options.
    function checkNetwork(Network memory network, Options memory options) public view {
        checkAddresses(network, options);
        checkParameters(network, options);
        checkRelations(network, options);
        checkRandomness(network, options);
        if (options.faucet.wanted) checkFaucet(network, options);
        checkFunctions(network);
        if (options.authority == address(0)) {
            checkMembers(network, options);
            checkGuardian(network);
        }
    }

    // ------------------------------------------------------------------------------------------------- addresses

    function checkAddresses(Network memory network, Options memory options) private view {
        address authority = address(network.authority);
        address staking = address(network.staking);
        address cai = address(network.cai);
        if (options.cai != address(0)) holds(cai == options.cai, "the token is CAI's");
        if (options.authority != address(0)) holds(authority == options.authority, "the manager is AUTHORITY's");
        managed(staking, authority, "staking");
        managed(address(network.emission), authority, "emission");
        managed(address(network.settlement), authority, "settlement");
        managed(address(network.court), authority, "court");
        holds(address(network.staking.cai()) == cai, "staking holds the token");
        holds(address(network.emission.cai()) == cai, "emission holds the token");
        holds(address(network.settlement.cai()) == cai, "settlement holds the token");
        holds(address(network.court.cai()) == cai, "court holds the token");
        holds(address(network.emission.staking()) == staking, "emission streams to staking");
        holds(address(network.settlement.staking()) == staking, "settlement charges at staking");
        holds(address(network.court.staking()) == staking, "court slashes at staking");
        holds(network.court.settlement() == address(network.settlement), "court judges receipts of settlement");
        holds(address(network.court.randomness()) == address(network.randomness), "court draws by randomness");
        Evidence evidence = network.court.evidence();
        holds(
            evidence.settlement() == address(network.settlement) && address(evidence.staking()) == staking
                && evidence.window() == options.disputeWindow,
            "court checks evidence for settlement, staking and the window"
        );
        holds(address(network.court.jurors()) == address(network.jurors), "court knows the jurors");
        holds(address(network.jurors.staking()) == staking, "jurors have stake at staking");
    }

    function managed(address target, address authority, string memory name) private view {
        holds(IAccessManaged(target).authority() == authority, string.concat(name, " obeys the manager"));
    }

    // ------------------------------------------------------------------------------------------------ parameters

    function checkParameters(Network memory network, Options memory options) private view {
        equal(network.staking.epochSeconds(), options.epoch, "EPOCH");
        equal(network.staking.unbondingPeriod(), options.unbonding, "UNBONDING");
        equal(network.emission.period(), options.period, "PERIOD");
        equal(network.settlement.disputeWindow(), options.disputeWindow, "DISPUTE_WINDOW");
        equal(network.court.window(), options.disputeWindow, "DISPUTE_WINDOW of the court");
        equal(network.settlement.thawPeriod(), options.thaw, "THAW");
        equal(network.settlement.claimDelay(), options.claimDelay, "CLAIM_DELAY");
        equal(network.settlement.faultBps(), options.faultBps, "FAULT_BPS");
        equal(network.court.seats(), options.terms.seats, "SEATS");
        equal(network.court.minimumJury(), options.terms.minimumJury, "MINIMUM_JURY");
        Parameters memory have = network.court.parameters();
        equal(have.bond, options.parameters.bond, "BOND");
        equal(have.bondBps, options.parameters.bondBps, "BOND_BPS");
        equal(have.equivocationBps, options.parameters.equivocationBps, "EQUIVOCATION_BPS");
        equal(have.falsifiedBps, options.parameters.falsifiedBps, "FALSIFIED_BPS");
        equal(have.jurorDock, options.parameters.jurorDock, "JUROR_DOCK");
        holds(!network.settlement.retired() && !network.court.retired(), "nothing is retired");
        holds(network.staking.pausedAt() == 0, "nothing is paused");
    }

    /// @dev The relations that keep promises across contracts, whatever was asked for.
    function checkRelations(Network memory network, Options memory options) private view {
        uint256 unbonding = network.staking.unbondingPeriod();
        uint256 window = network.settlement.disputeWindow();
        uint256 epoch = network.staking.epochSeconds();
        holds(
            network.settlement.claimDelay() < window, "claims open before disputes close: CLAIM_DELAY < DISPUTE_WINDOW"
        );
        holds(window < network.settlement.thawPeriod(), "escrow outlasts disputes: DISPUTE_WINDOW < THAW");
        holds(network.court.window() == window, "court and settlement have one window");
        holds(window + 6 * epoch < unbonding, "stake outlasts a case: DISPUTE_WINDOW + 6 EPOCH < UNBONDING");
        holds(network.staking.MAX_EXIT_PAUSE() == EXIT_PAUSE, "exits pause for at most 72 hours");
        if (!options.local && options.authority == address(0)) {
            (, uint32 delay) = network.authority.hasRole(Roles.GOVERNOR, options.people.admin);
            holds(
                delay > EXIT_PAUSE + unbonding + TIME_TO_REACT,
                "stakers can be out before any change: pause + UNBONDING + 3 days < DELAY"
            );
        }
    }

    function checkRandomness(Network memory network, Options memory options) private view {
        if (!options.randomness.drand) {
            holds(
                network.randomness.roundAfter(1_000_000) == 1_000_000,
                "randomness is of the chain's blocks, by the second"
            );
            return;
        }
        DrandRandomness drand = DrandRandomness(address(network.randomness));
        uint256[4] memory key = drand.publicKey();
        for (uint256 i = 0; i < 4; ++i) {
            bytes32 want = bytes32(options.randomness.key[i]);
            holds(bytes32(key[i]) == want, string.concat("a word of DRAND_KEY is ", vm.toString(want)));
        }
        equal(drand.genesis(), options.randomness.genesis, "DRAND_GENESIS");
        equal(drand.period(), options.randomness.period, "DRAND_PERIOD");
        holds(drand.genesis() < block.timestamp, "the drand network has begun");
    }

    function checkFaucet(Network memory network, Options memory options) private view {
        Faucet faucet = Faucet(payable(network.faucet));
        FaucetOptions memory want = options.faucet;
        holds(address(faucet.cai()) == address(network.cai), "faucet gives the token");
        holds(faucet.admin() == options.people.admin, "faucet is ADMIN's");
        equal(faucet.dripAmount(), want.drip, "FAUCET_DRIP");
        equal(faucet.cooldown(), want.cooldown, "FAUCET_COOLDOWN");
        equal(faucet.dailyCap(), want.daily, "FAUCET_DAILY");
        equal(faucet.gasAmount(), want.gas, "FAUCET_GAS");
        equal(faucet.workBits(), want.workBits, "FAUCET_WORK_BITS");
    }

    // ----------------------------------------------------------------------------------------------------- roles

    /// @dev Which role each restricted function belongs to.
    function checkFunctions(Network memory network) private view {
        AccessManager manager = network.authority;
        address target = address(network.staking);
        belongs(manager, target, network.staking.slash.selector, Roles.SLASHER, "slash is SLASHER's");
        belongs(manager, target, network.staking.charge.selector, Roles.SLASHER, "charge is SLASHER's");
        belongs(manager, target, network.staking.recordPayment.selector, Roles.PAYMENT, "recordPayment is PAYMENT's");
        belongs(
            manager, target, network.staking.notifyEmission.selector, Roles.EMISSION, "notifyEmission is EMISSION's"
        );
        belongs(manager, target, network.staking.pause.selector, Roles.PAUSER, "pause is PAUSER's");
        belongs(manager, target, network.staking.unpause.selector, Roles.PAUSER, "unpause is PAUSER's");
        target = address(network.emission);
        belongs(manager, target, network.emission.setHalving.selector, Roles.GOVERNOR, "setHalving is GOVERNOR's");
        belongs(manager, target, network.emission.migrate.selector, Roles.GOVERNOR, "migrate is GOVERNOR's");
        target = address(network.settlement);
        belongs(manager, target, network.settlement.setFaultBps.selector, Roles.GOVERNOR, "setFaultBps is GOVERNOR's");
        belongs(
            manager, target, network.settlement.retire.selector, Roles.GOVERNOR, "settlement's retire is GOVERNOR's"
        );
        target = address(network.court);
        belongs(manager, target, network.court.setParameters.selector, Roles.GOVERNOR, "setParameters is GOVERNOR's");
        belongs(manager, target, network.court.retire.selector, Roles.GOVERNOR, "court's retire is GOVERNOR's");
        holds(
            !manager.isTargetClosed(address(network.staking)) && !manager.isTargetClosed(address(network.emission))
                && !manager.isTargetClosed(address(network.settlement))
                && !manager.isTargetClosed(address(network.court)),
            "no contract is closed"
        );
    }

    function belongs(AccessManager manager, address target, bytes4 selector, uint64 role, string memory sentence)
        private
        view
    {
        holds(manager.getTargetFunctionRole(target, selector) == role, sentence);
    }

    /// @dev Who has each role and who has not: everybody who took part is asked about every role.
    function checkMembers(Network memory network, Options memory options) private view {
        People memory people = options.people;
        Expected[7] memory roles = [
            Expected(network.authority.ADMIN_ROLE(), "ADMIN", list(people.admin), people.delay),
            Expected(Roles.GOVERNOR, "GOVERNOR", list(people.admin), people.delay),
            Expected(Roles.SLASHER, "SLASHER", list(address(network.settlement), address(network.court)), 0),
            Expected(Roles.EMISSION, "EMISSION", list(address(network.emission)), 0),
            Expected(Roles.PAUSER, "PAUSER", list(people.pauser), 0),
            Expected(Roles.PAYMENT, "PAYMENT", list(address(network.settlement)), 0),
            Expected(Roles.GUARDIAN, "GUARDIAN", list(people.guardian), 0)
        ];
        for (uint256 i = 0; i < roles.length; ++i) {
            member(network.authority, roles[i], people.sender, "the sender");
            member(network.authority, roles[i], people.admin, "ADMIN");
            member(network.authority, roles[i], people.pauser, "PAUSER");
            member(network.authority, roles[i], people.guardian, "GUARDIAN");
            member(network.authority, roles[i], people.treasury, "TREASURY");
            member(network.authority, roles[i], address(network.staking), "staking");
            member(network.authority, roles[i], address(network.emission), "emission");
            member(network.authority, roles[i], address(network.settlement), "settlement");
            member(network.authority, roles[i], address(network.court), "court");
            member(network.authority, roles[i], address(network.jurors), "jurors");
            member(network.authority, roles[i], address(network.randomness), "randomness");
            member(network.authority, roles[i], network.faucet, "faucet");
        }
    }

    function member(AccessManager manager, Expected memory role, address who, string memory name) private view {
        bool want = false;
        for (uint256 i = 0; i < role.members.length; ++i) {
            if (role.members[i] == who) want = true;
        }
        (bool have, uint32 delay) = manager.hasRole(role.role, who);
        string memory sentence = string.concat(name, want ? " has " : " does not have ", role.name);
        if (want) sentence = string.concat(sentence, ", with a delay of ", vm.toString(role.delay), " s");
        holds(have == want && (!want || delay == role.delay), sentence);
    }

    /// @dev The guardian can cancel everything that has a delay, but not its own removal.
    function checkGuardian(Network memory network) private view {
        AccessManager manager = network.authority;
        for (uint64 role = Roles.GOVERNOR; role <= Roles.PAYMENT; ++role) {
            holds(
                manager.getRoleGuardian(role) == Roles.GUARDIAN,
                string.concat("GUARDIAN cancels calls of role ", vm.toString(role))
            );
            holds(
                manager.getRoleAdmin(role) == manager.ADMIN_ROLE(),
                string.concat("ADMIN alone grants role ", vm.toString(role))
            );
        }
        bytes4[] memory selectors = Wiring.guarded();
        string[9] memory names = [
            "grantRole",
            "setTargetFunctionRole",
            "setTargetClosed",
            "setTargetAdminDelay",
            "updateAuthority",
            "setRoleAdmin",
            "setRoleGuardian",
            "setGrantDelay",
            "labelRole"
        ];
        for (uint256 i = 0; i < selectors.length; ++i) {
            belongs(
                manager,
                address(manager),
                selectors[i],
                Roles.GOVERNOR,
                string.concat("GUARDIAN cancels the manager's ", names[i])
            );
        }
        belongs(
            manager,
            address(manager),
            AccessManager.revokeRole.selector,
            manager.ADMIN_ROLE(),
            "GUARDIAN cannot cancel its own removal"
        );
    }

    // ------------------------------------------------------------------------------------------------------ money

    /// @dev Where the supply of a new token is, when nobody has used the network yet.
    function checkReserves(Network memory network, Options memory options) private view {
        if (options.authority == address(0)) {
            equal(network.emission.reserveOf(Role.Miner), options.miningReserve, "MINING_RESERVE");
            equal(network.emission.reserveOf(Role.Coordinator), options.stakingReserve, "STAKING_RESERVE");
        }
        holds(
            network.emission.nextPeriodAt(Role.Miner) == 0 && network.emission.nextPeriodAt(Role.Coordinator) == 0,
            "no period has begun: the first one waits for somebody who earns"
        );
        if (options.faucet.wanted) equal(network.cai.balanceOf(network.faucet), options.faucet.cai, "FAUCET_CAI");
        if (options.people.treasury != options.people.sender) {
            equal(network.cai.balanceOf(options.people.sender), 0, "the sender's CAI");
        }
    }

    // ---------------------------------------------------------------------------------------------------- helpers

    function equal(uint256 have, uint256 want, string memory name) private pure {
        holds(have == want, string.concat(name, " is ", vm.toString(want)));
    }

    function holds(bool condition, string memory sentence) private pure {
        if (!condition) revert CheckFailed(sentence);
        console2.log("  ok  %s", sentence);
    }

    function list(address one) private pure returns (address[] memory members) {
        members = new address[](1);
        members[0] = one;
    }

    function list(address one, address other) private pure returns (address[] memory members) {
        members = new address[](2);
        (members[0], members[1]) = (one, other);
    }
}
