// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Faucet} from "../../src/Faucet.sol";
import {FaucetBase} from "../harness/FaucetBase.sol";

/// @dev Rejects the native coin.
contract Rejecting {
    receive() external payable {
        revert("no");
    }
}

/// @dev Burns all gas it is given.
contract Burning {
    receive() external payable {
        while (true) {}
    }
}

/// @dev Asks for more while it is being served.
contract Greedy {
    Faucet private immutable faucet;
    bool public failed;

    constructor(Faucet faucet_) {
        faucet = faucet_;
    }

    receive() external payable {
        try faucet.request(address(1), 0) {}
        catch {
            failed = true;
        }
    }
}

contract FaucetTest is FaucetBase {
    address private constant ALICE = address(0xA11CE);

    function tomorrow() private view returns (uint256) {
        return (vm.getBlockTimestamp() / 1 days + 1) * 1 days;
    }

    function test_constructor_keeps_parameters() public view {
        vm.assertEq(address(faucet.cai()), address(cai));
        vm.assertEq(faucet.dripAmount(), DRIP);
        vm.assertEq(faucet.cooldown(), COOLDOWN);
        vm.assertEq(faucet.dailyCap(), DAILY);
        vm.assertEq(faucet.gasAmount(), GAS);
        vm.assertEq(faucet.admin(), ADMIN);
        vm.assertEq(faucet.grantDailyCap(), 25_000_000e18);
    }

    function test_constructor_only_on_test_networks() public {
        uint256[3] memory allowed = [uint256(31337), 1337, 1210];
        for (uint256 i = 0; i < allowed.length; ++i) {
            vm.chainId(allowed[i]);
            make(0);
        }
        uint256[4] memory refused = [uint256(1), 1200, 10, 42161];
        for (uint256 i = 0; i < refused.length; ++i) {
            vm.chainId(refused[i]);
            vm.expectRevert(abi.encodeWithSelector(Faucet.NotATestNetwork.selector, refused[i]));
            make(0);
        }
    }

    function test_constructor_refuses_bad_parameters() public {
        vm.expectRevert(Faucet.BadParameters.selector);
        new Faucet(cai, 0, COOLDOWN, DAILY, GAS, ADMIN, 0);
        vm.expectRevert(Faucet.BadParameters.selector);
        new Faucet(cai, DAILY + 1, COOLDOWN, DAILY, GAS, ADMIN, 0);
        vm.expectRevert(Faucet.BadParameters.selector);
        new Faucet(cai, DRIP, COOLDOWN, uint256(type(uint192).max) + 1, GAS, ADMIN, 0);
    }

    function test_request_sends_cai_and_gas() public {
        vm.expectEmit(address(faucet));
        emit Faucet.Dripped(ALICE, DRIP, GAS);
        vm.prank(BOB);
        faucet.request(ALICE, 0);
        vm.assertEq(cai.balanceOf(ALICE), DRIP);
        vm.assertEq(ALICE.balance, GAS);
        vm.assertEq(faucet.nextRequestAt(ALICE), block.timestamp + COOLDOWN);
        vm.assertEq(faucet.nextRequestAt(BOB), 0);
    }

    function test_request_tops_gas_up_only() public {
        vm.deal(ALICE, 0.2 ether);
        faucet.request(ALICE, 0);
        vm.assertEq(ALICE.balance, GAS);
        vm.deal(BOB, GAS);
        vm.expectEmit(address(faucet));
        emit Faucet.Dripped(BOB, DRIP, 0);
        faucet.request(BOB, 0);
        vm.assertEq(BOB.balance, GAS);
    }

    function test_request_without_gas_in_the_faucet() public {
        vm.deal(address(faucet), GAS - 1);
        vm.expectEmit(address(faucet));
        emit Faucet.Dripped(ALICE, DRIP, 0);
        faucet.request(ALICE, 0);
        vm.assertEq(cai.balanceOf(ALICE), DRIP);
        vm.assertEq(ALICE.balance, 0);
    }

    function test_request_serves_recipients_that_reject_gas() public {
        address[2] memory recipients = [address(new Rejecting()), address(new Burning())];
        for (uint256 i = 0; i < recipients.length; ++i) {
            vm.expectEmit(address(faucet));
            emit Faucet.Dripped(recipients[i], DRIP, 0);
            faucet.request(recipients[i], 0);
            vm.assertEq(cai.balanceOf(recipients[i]), DRIP);
            vm.assertEq(recipients[i].balance, 0);
        }
        vm.assertEq(address(faucet).balance, 10 ether);
    }

    function test_request_cannot_be_reentered() public {
        Greedy greedy = new Greedy(faucet);
        faucet.request(address(greedy), 0);
        vm.assertTrue(greedy.failed());
        vm.assertEq(cai.balanceOf(address(1)), 0);
        vm.assertEq(cai.balanceOf(address(greedy)), DRIP);
    }

    function test_request_cooldown() public {
        faucet.request(ALICE, 0);
        uint256 at = vm.getBlockTimestamp() + COOLDOWN;
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Faucet.FaucetCooldown.selector, at));
        faucet.request(ALICE, 0);
        vm.warp(at);
        faucet.request(ALICE, 0);
        vm.assertEq(cai.balanceOf(ALICE), 2 * DRIP);
    }

    function test_request_daily_cap() public {
        for (uint160 i = 1; i <= 4; ++i) {
            faucet.request(address(0x1000 + i), 0);
        }
        uint256 next = tomorrow();
        vm.expectRevert(abi.encodeWithSelector(Faucet.FaucetDailyCap.selector, DAILY, next));
        faucet.request(ALICE, 0);
        vm.assertEq(faucet.nextRequestAt(ALICE), 0);
        vm.warp(next);
        faucet.request(ALICE, 0);
        vm.assertEq(cai.balanceOf(ALICE), DRIP);
    }

    function test_request_from_an_empty_faucet() public {
        Faucet empty = make(0);
        cai.transfer(address(empty), DRIP - 1);
        vm.expectRevert(abi.encodeWithSelector(Faucet.FaucetEmpty.selector, DRIP - 1, DRIP));
        empty.request(ALICE, 0);
    }

    function test_grant() public {
        vm.prank(ADMIN);
        faucet.setGranter(BOB, true);
        vm.expectEmit(address(faucet));
        emit Faucet.Granted(ALICE, 2_500_000e18, BOB);
        vm.prank(BOB);
        faucet.grant(ALICE, 2_500_000e18);
        vm.assertEq(cai.balanceOf(ALICE), 2_500_000e18);
        vm.assertEq(ALICE.balance, 0);
        vm.assertEq(faucet.nextRequestAt(ALICE), 0);
    }

    function test_grant_only_by_granters() public {
        vm.expectRevert(abi.encodeWithSelector(Faucet.NotAllowed.selector, ADMIN));
        vm.prank(ADMIN);
        faucet.grant(ALICE, 1);

        vm.startPrank(ADMIN);
        faucet.setGranter(BOB, true);
        vm.expectEmit(address(faucet));
        emit Faucet.GranterSet(BOB, false);
        faucet.setGranter(BOB, false);
        vm.stopPrank();
        vm.assertFalse(faucet.isGranter(BOB));
        vm.expectRevert(abi.encodeWithSelector(Faucet.NotAllowed.selector, BOB));
        vm.prank(BOB);
        faucet.grant(ALICE, 1);
    }

    function test_grant_daily_cap_is_its_own() public {
        vm.prank(ADMIN);
        faucet.setGranter(BOB, true);
        vm.prank(BOB);
        faucet.grant(ALICE, 25_000_000e18);
        faucet.request(ALICE, 0);
        uint256 next = tomorrow();
        bytes memory refusal = abi.encodeWithSelector(Faucet.FaucetDailyCap.selector, 25_000_000e18, next);
        vm.expectRevert(refusal);
        vm.prank(BOB);
        faucet.grant(ALICE, 1);
        vm.warp(next);
        vm.prank(BOB);
        faucet.grant(ALICE, 1);
    }

    function test_grant_cap_may_be_lowered_below_what_was_spent() public {
        vm.prank(ADMIN);
        faucet.setGranter(BOB, true);
        vm.prank(BOB);
        faucet.grant(ALICE, 1_000e18);
        vm.expectEmit(address(faucet));
        emit Faucet.GrantDailyCapSet(999e18);
        vm.prank(ADMIN);
        faucet.setGrantDailyCap(999e18);
        vm.expectRevert(abi.encodeWithSelector(Faucet.FaucetDailyCap.selector, 999e18, tomorrow()));
        vm.prank(BOB);
        faucet.grant(ALICE, 0);
    }

    function test_grant_from_an_empty_faucet() public {
        Faucet empty = make(0);
        vm.prank(ADMIN);
        empty.setGranter(BOB, true);
        vm.expectRevert(abi.encodeWithSelector(Faucet.FaucetEmpty.selector, 0, 5));
        vm.prank(BOB);
        empty.grant(ALICE, 5);
    }

    function test_only_the_administrator_sets() public {
        vm.expectRevert(abi.encodeWithSelector(Faucet.NotAllowed.selector, BOB));
        vm.prank(BOB);
        faucet.setGranter(BOB, true);
        vm.expectRevert(abi.encodeWithSelector(Faucet.NotAllowed.selector, BOB));
        vm.prank(BOB);
        faucet.setGrantDailyCap(1);
        vm.expectRevert(Faucet.BadParameters.selector);
        vm.prank(ADMIN);
        faucet.setGrantDailyCap(uint256(type(uint192).max) + 1);
    }

    function test_accepts_native_coin() public {
        vm.deal(ALICE, 1 ether);
        vm.prank(ALICE);
        (bool accepted,) = address(faucet).call{value: 1 ether}("");
        vm.assertTrue(accepted);
        vm.assertEq(address(faucet).balance, 11 ether);
    }

    // ------------------------------------------------------------------------------------------------------- work

    function test_work_is_optional() public view {
        vm.assertEq(faucet.workBits(), 0);
    }

    function test_constructor_bounds_the_work() public {
        vm.assertEq(make(32).workBits(), 32);
        vm.expectRevert(Faucet.BadParameters.selector);
        make(33);
    }

    function working(uint8 bits) private returns (Faucet made) {
        made = make(bits);
        cai.transfer(address(made), 1_000_000e18);
    }

    function test_request_with_work() public {
        Faucet hard = working(8);
        uint256 nonce = work(hard, ALICE);
        hard.request(ALICE, nonce);
        vm.assertEq(cai.balanceOf(ALICE), DRIP);
        // The same day the same nonce is good again, and the cooldown holds.
        vm.expectRevert(abi.encodeWithSelector(Faucet.FaucetCooldown.selector, block.timestamp + COOLDOWN));
        hard.request(ALICE, nonce);
    }

    function test_request_without_work() public {
        Faucet hard = working(12);
        // The nonce before the first good one.
        uint256 nonce = work(hard, ALICE) - 1;
        vm.expectRevert(abi.encodeWithSelector(Faucet.BadWork.selector, 12));
        hard.request(ALICE, nonce);
        vm.assertEq(cai.balanceOf(ALICE), 0);
    }

    /// @dev Work is for one recipient, one day, one faucet and one chain.
    function test_work_is_bound() public {
        Faucet hard = working(14);
        Faucet other = working(14);
        uint256 nonce = work(hard, ALICE);
        bytes memory refusal = abi.encodeWithSelector(Faucet.BadWork.selector, 14);
        vm.expectRevert(refusal);
        hard.request(BOB, nonce);
        vm.expectRevert(refusal);
        other.request(ALICE, nonce);
        vm.chainId(1337);
        vm.expectRevert(refusal);
        hard.request(ALICE, nonce);
        vm.chainId(31337);
        vm.warp(tomorrow());
        vm.expectRevert(refusal);
        hard.request(ALICE, nonce);
        hard.request(ALICE, work(hard, ALICE));
    }

    /// @dev The hash is what a client computes: five words, of which the bits come first.
    function testFuzz_work(uint256 nonce, uint8 bits) public {
        bits = uint8(bound(bits, 1, 4));
        Faucet hard = working(bits);
        bytes32 hash =
            keccak256(abi.encode(uint256(31337), address(hard), ALICE, uint256(1_800_000_000) / 86_400, nonce));
        bool good = uint256(hash) < 1 << (256 - bits);
        if (!good) vm.expectRevert(abi.encodeWithSelector(Faucet.BadWork.selector, bits));
        hard.request(ALICE, nonce);
        vm.assertEq(cai.balanceOf(ALICE), good ? DRIP : 0);
    }
}
