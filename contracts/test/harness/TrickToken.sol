// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Makes a call while it moves tokens, and can refuse to move them.
contract TrickToken is ERC20("Trick", "T") {
    address private target;
    bytes private attack;
    bytes public failure;
    bool public refusing;

    constructor() {
        _mint(msg.sender, 1_000_000_000e18);
    }

    function arm(address target_, bytes calldata attack_) external {
        (target, attack) = (target_, attack_);
        failure = "";
    }

    function refuse(bool refusing_) external {
        refusing = refusing_;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return !refusing && super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return !refusing && super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (attack.length == 0) return;
        (, bytes memory result) = target.call(attack);
        failure = result;
    }
}
