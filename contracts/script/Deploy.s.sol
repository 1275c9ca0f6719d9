// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm, VmSafe} from "forge-std/Vm.sol";
import {console2} from "forge-std/console2.sol";
import {CAIToken} from "../src/CAIToken.sol";
import {Faucet} from "../src/Faucet.sol";
import {Staking} from "../src/Staking.sol";

/// @notice Deploys a network: the token (or takes the one named by CAI), an AccessManager (or takes AUTHORITY), the
/// staking contract and, on test networks, a funded faucet. A broadcast writes the addresses to
/// deployments/<chain id>.json; a simulation only prints them.
/// @dev Environment, all optional; CAI amounts in wei of CAI:
///   CAI             token in use; without it a new one is created
///   TREASURY        receives the supply of a new token (default: the sender)
///   AUTHORITY       AccessManager in use
///   ADMIN           administrator of a new AccessManager and of the faucet (default: the sender)
///   EPOCH_BLOCKS    blocks of an epoch (default 300)
///   UNBONDING       seconds of unbonding (default 7 days; 2 minutes on 31337 and 1337)
///   FAUCET_DRIP     one drip (default 25,000 CAI)
///   FAUCET_COOLDOWN seconds between two drips for one address (default 1 day)
///   FAUCET_DAILY    daily cap of drips (default 1,000,000 CAI)
///   FAUCET_GAS      native balance that a drip tops up to, in wei (default 0.1)
///   FAUCET_CAI      CAI to fund the faucet with (default 50,000,000 CAI)
///   FAUCET_NATIVE   native coin to fund the faucet with, in wei (default 10 on 31337 and 1337, else 0)
contract Deploy {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice Forge looks for it.
    bool public constant IS_SCRIPT = true;

    function run() external {
        address sender = msg.sender;
        bool local = block.chainid == 31337 || block.chainid == 1337;
        address admin = vm.envOr("ADMIN", sender);

        vm.startBroadcast();
        IERC20 cai = IERC20(vm.envOr("CAI", address(0)));
        if (address(cai) == address(0)) cai = new CAIToken(vm.envOr("TREASURY", sender));
        address authority = vm.envOr("AUTHORITY", address(0));
        if (authority == address(0)) authority = address(new AccessManager(admin));
        Staking staking = new Staking(
            cai,
            uint64(vm.envOr("EPOCH_BLOCKS", uint256(300))),
            uint64(vm.envOr("UNBONDING", local ? uint256(2 minutes) : uint256(7 days))),
            authority
        );
        address faucet = local || block.chainid == 1210 ? deployFaucet(cai, sender, admin, local) : address(0);
        vm.stopBroadcast();

        write(address(cai), address(staking), authority, faucet);
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

    function write(address cai, address staking, address authority, address faucet) private {
        string memory key = "deployment";
        vm.serializeUint(key, "chainId", block.chainid);
        vm.serializeAddress(key, "cai", cai);
        vm.serializeAddress(key, "staking", staking);
        if (faucet != address(0)) vm.serializeAddress(key, "faucet", faucet);
        string memory json = vm.serializeAddress(key, "authority", authority);
        console2.log(json);
        if (vm.isContext(VmSafe.ForgeContext.ScriptBroadcast) || vm.isContext(VmSafe.ForgeContext.ScriptResume)) {
            vm.writeJson(json, string.concat("deployments/", vm.toString(block.chainid), ".json"));
        }
    }
}
