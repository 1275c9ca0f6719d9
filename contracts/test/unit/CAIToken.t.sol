// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CAIToken} from "../../src/CAIToken.sol";
import {TestBase} from "../harness/TestBase.sol";

contract CAITokenTest is TestBase {
    function setUp() public {
        deploy();
    }

    function test_fixed_supply_belongs_to_the_treasury() public {
        CAIToken token = new CAIToken(address(0xCAFE));
        vm.assertEq(token.name(), "Cuckoo AI");
        vm.assertEq(token.symbol(), "CAI");
        vm.assertEq(token.decimals(), 18);
        vm.assertEq(token.SUPPLY(), 1_000_000_000e18);
        vm.assertEq(token.totalSupply(), token.SUPPLY());
        vm.assertEq(token.balanceOf(address(0xCAFE)), token.SUPPLY());
    }

    function test_permit() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        cai.permit(vm.addr(7), address(staking), 5e18, block.timestamp, v, r, s);
        vm.assertEq(cai.allowance(vm.addr(7), address(staking)), 5e18);
    }

    /// @dev No function of the ABI names an owner, a minter or a pauser.
    function test_nothing_can_mint() public {
        string[4] memory signatures = ["mint(address,uint256)", "owner()", "pause()", "burnFrom(address,uint256)"];
        for (uint256 i = 0; i < signatures.length; ++i) {
            (bool known,) = address(cai).call(abi.encodeWithSignature(signatures[i], address(this), 1));
            vm.assertFalse(known);
        }
    }
}
