// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A pause that cannot hold anyone's money
/// @notice A pause closes the entries until it ends and the exits for at most 14 days. The next pause can begin only
/// after the exits were open for 14 days, so nobody can close the exits by pauses for longer than 14 days in a row.
/// @dev One slot. Times in Unix seconds.
abstract contract PauseGuard {
    /// @notice Longest time that a pause closes the exits, and shortest time that they are open between two pauses, in
    /// seconds.
    uint64 public constant MAX_EXIT_PAUSE = 14 days;

    /// @notice When the current pause began; 0 if nothing is paused.
    uint64 public pausedAt;
    /// @notice When the next pause may begin, as of the end of the last one.
    uint64 public nextPauseAt;

    /// @notice A pause began.
    /// @param exitsOpenAt When the exits open again at the latest.
    event Paused(uint256 exitsOpenAt);
    /// @notice The pause ended.
    /// @param nextPauseAt When the next pause may begin, in Unix seconds.
    event Unpaused(uint256 nextPauseAt);

    /// @notice Entries are closed.
    error EntriesPaused();
    /// @notice Exits are closed.
    /// @param until Latest time at which the exits open, in Unix seconds.
    error ExitsPaused(uint256 until);
    /// @notice A pause is already in effect.
    error AlreadyPaused();
    /// @notice Nothing is paused.
    error NotPaused();
    /// @notice The exits were not open for long enough since the last pause.
    /// @param until When a pause may begin, in Unix seconds.
    error PauseTooSoon(uint256 until);

    /// @dev For functions that bring stake in.
    modifier whenEntriesOpen() {
        if (pausedAt != 0) revert EntriesPaused();
        _;
    }

    /// @dev For functions that take stake or rewards out.
    modifier whenExitsOpen() {
        uint64 since = pausedAt;
        if (since != 0 && block.timestamp < since + MAX_EXIT_PAUSE) revert ExitsPaused(since + MAX_EXIT_PAUSE);
        _;
    }

    /// @dev Begins a pause.
    function _pause() internal {
        if (pausedAt != 0) revert AlreadyPaused();
        if (block.timestamp < nextPauseAt) revert PauseTooSoon(nextPauseAt);
        pausedAt = uint64(block.timestamp);
        emit Paused(block.timestamp + MAX_EXIT_PAUSE);
    }

    /// @dev Ends the pause.
    function _unpause() internal {
        uint64 since = pausedAt;
        if (since == 0) revert NotPaused();
        // The exits opened automatically once the pause had lasted too long.
        uint64 latest = since + MAX_EXIT_PAUSE;
        uint64 opened = block.timestamp < latest ? uint64(block.timestamp) : latest;
        pausedAt = 0;
        nextPauseAt = opened + MAX_EXIT_PAUSE;
        emit Unpaused(opened + MAX_EXIT_PAUSE);
    }
}
