// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A pause that cannot hold anyone's money
/// @notice A pause closes the entries until it ends, and the exits for at most 72 hours. The next pause can begin 30
/// days after this one began, so in any 30 days the exits are closed for at most 72 hours. That is shorter than any
/// delay of the network's governance, so stakers can leave before a change that they reject takes effect.
/// @dev One slot. Times in Unix seconds.
abstract contract PauseGuard {
    /// @notice Longest time that a pause closes the exits, in seconds.
    uint64 public constant MAX_EXIT_PAUSE = 72 hours;
    /// @notice Shortest time from the begin of a pause to the begin of the next one, in seconds.
    uint64 public constant MIN_PAUSE_GAP = 30 days;

    /// @notice When the current pause began; 0 if nothing is paused.
    uint64 public pausedAt;
    /// @notice When the next pause may begin, as of the begin of the last one; 0 if there was none.
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
    /// @notice The last pause began too recently.
    /// @param until When a pause may begin, in Unix seconds.
    error PauseTooSoon(uint256 until);

    /// @dev For functions that bring stake in.
    modifier whenEntriesOpen() {
        _checkEntries();
        _;
    }

    /// @dev For functions that take stake or rewards out.
    modifier whenExitsOpen() {
        _checkExits();
        _;
    }

    /// @dev Begins a pause.
    function _pause() internal {
        if (pausedAt != 0) revert AlreadyPaused();
        if (block.timestamp < nextPauseAt) revert PauseTooSoon(nextPauseAt);
        pausedAt = uint64(block.timestamp);
        nextPauseAt = uint64(block.timestamp) + MIN_PAUSE_GAP;
        emit Paused(block.timestamp + MAX_EXIT_PAUSE);
    }

    /// @dev Ends the pause.
    function _unpause() internal {
        if (pausedAt == 0) revert NotPaused();
        pausedAt = 0;
        emit Unpaused(nextPauseAt);
    }

    function _checkEntries() private view {
        if (pausedAt != 0) revert EntriesPaused();
    }

    function _checkExits() private view {
        uint64 since = pausedAt;
        if (since != 0 && block.timestamp < since + MAX_EXIT_PAUSE) revert ExitsPaused(since + MAX_EXIT_PAUSE);
    }
}
