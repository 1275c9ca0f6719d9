// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "@kevincharm/bls-bn254/contracts/BLS.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";

/// @title Randomness of a drand network
/// @notice A drand network signs the number of each round with a key that no member has alone, every few seconds. A
/// round has one valid signature, so its value is the same at any time and for every caller that brings it; nobody
/// knows it before enough members have signed. Anyone may record a round.
/// @dev Scheme `bls-bn254-unchained-on-g1`: BLS on BN254, signatures in G1, keys in G2. The message of a round is
/// keccak256 of its number in 8 bytes, big-endian. The network's key, the time of its first round and the time between
/// two rounds never change.
contract DrandRandomness is IRandomness {
    /// @notice Seconds that the chain's clock may be behind: `roundAfter` skips the rounds of that time, so that a block
    /// with a time before the round's cannot hold a transaction of somebody who has seen the round.
    uint256 public constant CLOCK_MARGIN = 30;

    bytes private constant DST = "BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_";

    /// @notice When round 1 is published, in Unix seconds.
    uint64 public immutable genesis;
    /// @notice Seconds between two rounds.
    uint64 public immutable period;
    uint256 private immutable _keyX0;
    uint256 private immutable _keyX1;
    uint256 private immutable _keyY0;
    uint256 private immutable _keyY1;

    mapping(uint64 round => bytes32) private _seeds;

    /// @notice The key is not a point of the curve.
    error BadPublicKey();
    /// @notice There is at least a second between two rounds.
    error BadPeriod();
    /// @notice The round is known already.
    /// @param round The round.
    error RoundKnown(uint64 round);
    /// @notice The signature is not the network's of this round.
    /// @param round The round.
    error BadRoundSignature(uint64 round);

    /// @notice Deploys the reader of one drand network.
    /// @param publicKey_ The network's key: real and imaginary part of x, then of y. In the 128 bytes that drand
    /// publishes the imaginary part comes first.
    /// @param genesis_ When round 1 is published, in Unix seconds.
    /// @param period_ Seconds between two rounds.
    constructor(uint256[4] memory publicKey_, uint64 genesis_, uint64 period_) {
        if (!BLS.isValidPublicKey(publicKey_)) revert BadPublicKey();
        if (period_ == 0) revert BadPeriod();
        (_keyX0, _keyX1, _keyY0, _keyY1) = (publicKey_[0], publicKey_[1], publicKey_[2], publicKey_[3]);
        (genesis, period) = (genesis_, period_);
    }

    /// @notice Records the value of a round. Anyone may call.
    /// @param round The round.
    /// @param signature The network's signature of it: x and y of a point of G1.
    function record(uint64 round, uint256[2] calldata signature) external {
        if (_seeds[round] != 0) revert RoundKnown(round);
        // The precompile refuses such points as well, where it keeps to EIP-197; a second form would be a second value.
        if (!BLS.isValidSignature(signature)) revert BadRoundSignature(round);
        bytes memory message = abi.encodePacked(keccak256(abi.encodePacked(round)));
        (bool valid, bool called) = BLS.verifySingle(signature, publicKey(), BLS.hashToPoint(DST, message));
        if (!valid || !called) revert BadRoundSignature(round);
        bytes32 seed = keccak256(abi.encode(signature));
        _seeds[round] = seed;
        emit RoundRecorded(round, seed);
    }

    /// @inheritdoc IRandomness
    /// @dev The first round that is published `CLOCK_MARGIN` after `time` or later.
    function roundAfter(uint256 time) external view override returns (uint64 round) {
        uint256 published = time + CLOCK_MARGIN;
        if (published <= genesis) return 1;
        return uint64((published - genesis + period - 1) / period + 1);
    }

    /// @inheritdoc IRandomness
    function seedOf(uint64 round) external view override returns (bytes32 seed) {
        return _seeds[round];
    }

    /// @notice The network's key.
    /// @return key Real and imaginary part of x, then of y.
    function publicKey() public view returns (uint256[4] memory key) {
        return [_keyX0, _keyX1, _keyY0, _keyY1];
    }
}
