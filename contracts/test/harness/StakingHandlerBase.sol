// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CAIToken} from "../../src/CAIToken.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Pool} from "../../src/libraries/PoolMath.sol";
import {NodeView} from "../../src/staking/NodeRegistry.sol";
import {Unbonding} from "../../src/staking/Votes.sol";
import {Look, StakingHarness} from "./StakingHarness.sol";
import {StakingModel} from "./StakingModel.sol";
import {TestBase} from "./TestBase.sol";

/// @dev What the handler keeps and watches: its people and their nodes, sums of what came in and went out, what nobody may do
/// at any call, and the model that its events build.
abstract contract StakingHandlerBase is TestBase {
    uint256 public constant ACTORS = 4;
    uint256 public constant NODES = 4;
    uint256 internal constant FIRST_KEY = 0x9000;

    StakingHarness public immutable target;
    StakingModel public immutable model = new StakingModel();
    EmissionController public immutable controller;
    bool internal immutable lossy;

    address[] public actors;
    /// Current keys of the nodes, registered or not.
    address[] public nodes;
    uint256[] internal secrets;
    /// Keys that were replaced.
    address[] public retired;
    bytes32[] internal usedEvidence;

    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public donated;
    uint256 public lost;
    uint256 public found;
    uint256 public tips;
    /// What was lost by charges alone.
    uint256 public charged;
    /// Rewards that came in and went out.
    uint256 public emitted;
    uint256 public rewarded;
    /// What was seen that must not happen, by property.
    mapping(string property => string what) public violations;

    /// Since when the exits are closed, and when the last pause began.
    uint256 public closedSince;
    uint256 public pauseBegan;

    /// How often each thing really happened, so that a campaign can be judged.
    mapping(string what => uint256) public reached;

    constructor(CAIToken cai_, StakingHarness target_, EmissionController controller_, bool lossy_) {
        (cai, staking, target, controller, lossy) = (cai_, target_, target_, controller_, lossy_);
        for (uint256 i = 0; i < ACTORS; ++i) {
            actors.push(address(uint160(0xAC70A0 + i)));
            vm.prank(actors[i]);
            cai_.approve(address(target_), type(uint256).max);
        }
        for (uint256 i = 0; i < NODES; ++i) {
            secrets.push(FIRST_KEY + i);
            nodes.push(vm.addr(FIRST_KEY + i));
        }
        vm.recordLogs();
    }

    modifier by(uint256 actorSeed) {
        uint256 who = actorSeed % ACTORS;
        Look memory before = target.look(actors, nodes);
        vm.startPrank(actors[who]);
        _;
        vm.stopPrank();
        watch(who, before);
        mirror();
    }

    /// @param who Index of the actor that acted; an index past the last actor means nobody did.
    function watch(uint256 who, Look memory before) internal {
        Look memory current_ = target.look(actors, nodes);
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (i == who) continue;
            // After losses, rounding may leave a few wei to those who stay; it never takes any.
            if (current_.claims[i] < before.claims[i]) complain("others", "a call took another's stake");
            if (current_.claims[i] > before.claims[i] + (lossy ? 2 * NODES * 33 : 0)) {
                complain("others", "a call gave stake to another");
            }
            if (current_.pendings[i] != before.pendings[i]) complain("others", "a call moved another's rewards");
            if (current_.schedules[i] != before.schedules[i]) complain("others", "a call touched another's requests");
        }
        for (uint256 i = 0; i < NODES; ++i) {
            Pool memory old = before.pools[i];
            Pool memory pool = current_.pools[i];
            // A pool without shares has no price; rounding leaves less than a wei to the stakers that stay.
            if (old.shares != 0 && pool.shares != 0 && pool.tokens != 0) {
                if ((uint256(pool.tokens) - 1) * old.shares > uint256(old.tokens) * pool.shares) {
                    complain("price", "a price rose");
                }
            }
            if (before.status[i] != 0 && current_.perWeight[i] < before.perWeight[i]) {
                complain("rewards", "an accumulator fell");
            }
            if (current_.perShare[i] < before.perShare[i]) complain("rewards", "an accumulator fell");
            if (before.status[i] >= 3 && current_.status[i] < 3) complain("others", "a node came back");
        }
    }

    function complain(string memory property, string memory what) internal {
        violations[property] = what;
    }

    function entriesOpen() internal view returns (bool) {
        return staking.pausedAt() == 0;
    }

    function exitsOpen() public view returns (bool) {
        return staking.pausedAt() == 0 || block.timestamp >= staking.pausedAt() + 72 hours;
    }

    // --------------------------------------------------------------------------------------------------- views

    function takesVotes(address node, address staker) internal view returns (bool) {
        NodeView memory info = staking.nodeView(node);
        return entriesOpen() && (info.status == 1 || (info.status == 2 && info.owner == staker));
    }

    function current(address node) internal view returns (address) {
        for (;;) {
            (address next,) = staking.successorOf(node);
            if (next == address(0)) return node;
            node = next;
        }
        return node;
    }

    function matured(address node, address staker) internal view returns (bool) {
        Unbonding[] memory open = staking.unbondings(node, staker);
        return open.length != 0 && open[0].availableAt <= block.timestamp;
    }

    function everyone() external view returns (address[] memory) {
        return actors;
    }

    function everyNode() external view returns (address[] memory) {
        return nodes;
    }

    /// @dev Everyone takes out everything, also during a pause.
    function exit() external {
        if (!exitsOpen()) vm.warp(staking.pausedAt() + 72 hours);
        for (uint256 i = 0; i < ACTORS; ++i) {
            vm.startPrank(actors[i]);
            for (uint256 j = 0; j < NODES; ++j) {
                if (matured(nodes[j], actors[i])) staking.release(nodes[j]);
                if (staking.unbondings(nodes[j], actors[i]).length == 32) {
                    vm.warp(block.timestamp + UNBONDING);
                    staking.release(nodes[j]);
                }
                uint256 have = staking.stakeOf(nodes[j], actors[i]);
                if (have != 0) staking.retract(nodes[j], have);
            }
            vm.warp(block.timestamp + UNBONDING);
            for (uint256 j = 0; j < NODES; ++j) {
                if (matured(nodes[j], actors[i])) staking.release(nodes[j]);
            }
            uint256 free = staking.freeStakeOf(actors[i]);
            if (free != 0) {
                staking.withdraw(free);
                paidOut += free;
            }
            vm.stopPrank();
        }
        for (uint256 i = 0; i < ACTORS; ++i) {
            for (uint256 j = 0; j < NODES; ++j) {
                if (staking.nodeView(nodes[j]).status == 0) continue;
                vm.prank(actors[i]);
                rewarded += staking.claim(nodes[j]);
            }
        }
    }

    /// @dev Gives the events since the last call to the model, which knows the time of their block.
    function mirror() internal {
        model.read(vm.getRecordedLogs(), address(target));
    }
}
