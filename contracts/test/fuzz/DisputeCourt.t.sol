// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../src/staking/NodeRegistry.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev Any votes, of which any part is revealed; any seed; any stake.
contract DisputeCourtFuzz is DisputeCourtBase {
    /// @dev Quorum and majority, to the seat.
    function testFuzz_verdicts(uint256 votes, uint256 shown) public {
        openAndDraw();
        verdict(votes, shown);
    }

    /// @dev The same, after a summons of any part of the jury.
    function testFuzz_verdicts_after_summons(uint256 votes, uint256 shown, uint256 summoned) public {
        openAndDraw();
        for (uint256 i = 0; i < JURORS; ++i) {
            if (summoned >> i & 1 == 1) court.summon(id, one(jurors[i]));
        }
        vm.assertLe(court.caseOf(id).fees, BOND / 10);
        verdict(votes, shown);
    }

    /// @dev A node's seats are those that the documented hash gives it.
    function testFuzz_seats(bytes32 seed, uint256 stake) public {
        stake = bound(stake, 20_001e18, 100_000_000e18);
        address node = newNode(BOB, 0xF1, Role.Miner, stake);
        declareAs(node, MODEL);
        toEpoch(now_() + 3, 0);
        (ticket, receipt) = order(1);
        openCase();
        toEpoch(drawEpoch(), 1);
        randomness.set(court.seedRoundOf(id, 1), seed == 0 ? bytes32("x") : seed);
        seed = seed == 0 ? bytes32("x") : seed;
        uint256 total = stake + JURORS * JUROR_STAKE;
        uint256 held = 0;
        for (uint256 seat = 0; seat < SEATS; ++seat) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, id, uint256(1), node, seat))) >> 128;
            if (drawn * total < stake << 128) ++held;
        }
        vm.assertEq(court.seatsOf(id, node), held);
    }

    /// @dev The bond follows stake and void attempts, to the wei.
    function testFuzz_bond(uint256 stake, uint256 voids) public {
        stake = bound(stake, 1e18, 50_000_000e18);
        voids = bound(voids, 0, 3);
        fund(MINER_OWNER, stake);
        vm.prank(MINER_OWNER);
        staking.vote(miner, stake, 0);
        cai.transfer(ALICE, 10_000_000e18);
        uint256 bond = (MINER_STAKE + stake) * 50 / 10_000;
        if (bond < BOND) bond = BOND;
        for (uint256 i = 0; i <= voids; ++i) {
            uint256 had = cai.balanceOf(ALICE);
            openCase();
            vm.assertEq(had - cai.balanceOf(ALICE), bond << i);
            if (i < voids) lapse();
        }
        vm.assertEq(court.bondFor(id, miner), bond << voids + 1);
    }
}
