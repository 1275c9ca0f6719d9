// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {State} from "../../src/court/Cases.sol";
import {Item} from "../../src/court/Evidence.sol";
import {Vote} from "../../src/court/Jury.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {DrandRandomness} from "../../src/randomness/DrandRandomness.sol";
import {CourtBase} from "../harness/CourtBase.sol";
import {RandomnessBase} from "../harness/RandomnessBase.sol";

/// @dev What a case costs its parties and jurors: whole transactions, with their 21,000 and calldata, each against cold
/// storage.
/// forge-config: default.isolate = true
contract GasCourtTest is CourtBase {
    function setUp() public {
        deployCourt();
        // The burn address and the court have CAI already.
        cai.transfer(BURN, 1);
        cai.transfer(address(court), 1);
        cai.transfer(jurorOwner(0), 1);
    }

    /// @dev The whole cost of the transaction before, as a snapshot; at most `ceiling`.
    function check(string memory name, uint256 ceiling) private {
        uint256 used = vm.snapshotGasLastCall("court", name);
        vm.assertLe(used, ceiling, name);
        vm.assertGe(used, 21_000, name);
    }

    function test_gas_declare() public {
        declareAs(jurors[0], "another");
        check("declare, one manifest more", 300_000);
        registry.refresh(jurors[0], one(MODEL));
        check("refresh, unchanged", 140_000);
    }

    function test_gas_of_a_case() public {
        Item[] memory items = itemsOf(ticket, receipt);
        openAs(ALICE, items);
        check("open, one receipt", 450_000);
        vm.prank(BOB);
        court.join(id, "");
        check("join", 160_000);
        draw();
        court.summon(id, jurors);
        check("summon, 6 nodes", 520_000);
        bytes32 commitment = court.commitmentOf(id, 1, jurors[0], Vote.Guilty, SALT);
        vm.prank(jurors[0]);
        court.commit(id, commitment);
        check("commit, summoned", 70_000);
        commitAll(GUILTY - 1);
        toEpoch(drawEpoch() + 1, 0);
        for (uint256 i = 1; i < JURORS; ++i) {
            revealAs(jurors[i], Vote.Guilty);
        }
        revealAs(jurors[0], Vote.Guilty);
        check("reveal", 60_000);
        resolve();
        check("resolve, guilty", 420_000);
        vm.assertEq(uint256(court.caseOf(id).state), uint256(State.Guilty));
        court.settleJuror(id, 1, jurors[0]);
        check("settle, a reward", 80_000);
        court.withdrawBond(id, ALICE);
        check("withdraw a bond", 60_000);
    }

    function test_gas_of_what_else_a_party_sends() public {
        address challenger = address(0xC0C);
        vm.prank(challenger);
        cai.approve(address(court), BOND);
        check("approve a bond", 50_000);
        openAs(ALICE, itemsOf(ticket, receipt));
        vm.prank(BOB);
        court.addEvidence(id, "more");
        check("add evidence", 30_000);
        ballots(INNOCENT);
        check("resolve, innocent", 130_000);
    }

    function test_gas_of_many_receipts() public {
        Item[] memory items = itemsOf(1, 32);
        openAs(ALICE, items);
        check("open, 32 receipts", 2_400_000);
        ballots(GUILTY);
        check("resolve, guilty of 32 receipts", 1_300_000);
    }

    function test_gas_of_silence() public {
        openAndDraw();
        vm.prank(jurors[1]);
        court.commit(id, "x");
        check("commit, not summoned", 120_000);
        summonAll();
        lapse();
        check("resolve, void", 160_000);
        court.settleJuror(id, 1, jurors[0]);
        check("settle, a dock", 160_000);
    }

    function test_gas_of_an_equivocation() public {
        Messages.Receipt memory other = receiptOf(ticket, "other");
        (bytes memory t, bytes memory a, bytes memory b) =
            (signTicket(ticket), signReceipt(receipt), signReceipt(other));
        announceEarlier(court, address(this), equivocationId(receipt.ticket));
        court.proveEquivocation(ticket, t, receipt, a, other, b, SALT);
        check("prove an equivocation", 240_000);
    }
}

/// @dev What a round of drand costs whoever records it.
/// forge-config: default.isolate = true
contract GasRandomnessTest is RandomnessBase {
    function test_gas_record() public {
        DrandRandomness drand = new DrandRandomness(generator(), 1_727_521_075, 3);
        uint256[2] memory signature = signRound(1, 10_000_000);
        drand.record(10_000_000, signature);
        vm.assertLe(vm.snapshotGasLastCall("court", "record a round of drand"), 250_000);
    }
}
