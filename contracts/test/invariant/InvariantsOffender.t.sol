// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {OffenderHandler} from "../harness/OffenderHandler.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev An offender with all parts at once never ends with more than it had, however much others have staked behind it
/// and whatever order it does things in.
contract InvariantsOffenderTest is TestBase {
    OffenderHandler private handler;

    function setUp() public {
        handler = new OffenderHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_an_offender_never_gains() public view {
        vm.assertEq(handler.violation(), "");
    }

    /// @dev What the campaign is meant to reach does happen when its calls come at random.
    function test_the_campaign_reaches_everything() public {
        string[28] memory names = [
            "deposit",
            "voucher",
            "batch",
            "claim",
            "payment",
            "collection",
            "contradiction",
            "short settlement",
            "equivocation",
            "case",
            "join",
            "summons",
            "vote",
            "guilty",
            "innocent",
            "void",
            "docked",
            "bond",
            "release",
            "second draw",
            "slash",
            "escape",
            "its juror docked",
            "honest juror paid",
            "rotation",
            "voucher of an old key",
            "equivocation of an old key",
            "votes come back"
        ];
        uint256[28] memory reached;
        uint256 seed = 7;
        for (uint256 network = 0; network < 20; ++network) {
            // An offender that has lost its stake does little.
            handler = new OffenderHandler();
            for (uint256 i = 0; i < 100; ++i) {
                seed = uint256(keccak256(abi.encode(seed)));
                act(seed, uint256(keccak256(abi.encode(seed, "a"))), uint256(keccak256(abi.encode(seed, "b"))));
            }
            invariant_an_offender_never_gains();
            for (uint256 i = 0; i < names.length; ++i) {
                reached[i] += handler.census(names[i]);
            }
        }
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGt(reached[i], 0, names[i]);
        }
        // Juries of others judge both ways, again and again.
        vm.assertGt(reached[13], 5, "guilty");
        vm.assertGt(reached[14], 5, "innocent");
        vm.assertGt(reached[20], 5, "slash");
    }

    function act(uint256 seed, uint256 a, uint256 b) private {
        uint256 what = seed % 25;
        if (what == 0) handler.prepay(a, b);
        if (what == 1) handler.redeemVoucher(a, b);
        if (what == 2) handler.settleBatch(a, b);
        if (what == 3) handler.claimAnswer(a, b);
        if (what == 4) handler.collect(a & 1 == 0);
        if (what == 5) handler.takeEscrow(a, b & 1 == 0);
        if (what == 6) handler.contradict(a, b, seed >> 9);
        if (what == 7) handler.fallShort(a, b, seed >> 9);
        if (what == 8) handler.equivocate(a, b);
        if (what == 9 || what == 10) handler.accuse(a, b);
        if (what == 11) handler.join(a);
        if (what == 12 || what == 13) handler.judge(a, b, seed >> 9);
        if (what == 14) handler.settleJurors(a);
        if (what == 15) handler.takeBonds();
        if (what == 16) handler.retract(a, b);
        if (what == 17) handler.release(a);
        if (what == 18) handler.stake(a, b);
        if (what == 19 || what == 24) handler.pass(a);
        if (what == 20) handler.moveVotes(a, b & 1 == 0, b & 2 == 0);
        if (what == 21) handler.replaceKey(a);
        if (what == 22 || what == 23) handler.chooseKeys(a, b);
    }
}
