// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {CourtParameters, Parameters} from "./CourtParameters.sol";
import {Findings, Item} from "./Evidence.sol";

/// @notice The stage of a case.
enum State {
    None,
    Open,
    Guilty,
    Innocent,
    /// Two draws brought no verdict, or a third of the seats could not get the evidence. It can be opened again.
    Void
}

/// @notice One dispute over one set of receipts.
struct Case {
    /// The miner that signed the receipts.
    address accused;
    /// Epoch in which it was opened. The first draw is in the epoch after it, the second in the fourth after it.
    uint40 epoch;
    State state;
    /// Number of the current draw: odd for a first one, even for a second one. A case that is opened again goes on with
    /// the next odd number.
    uint16 round;
    /// What the governors had set when the case was opened.
    uint16 falsifiedBps;
    /// What each challenger posted.
    uint96 bond;
    uint72 jurorDock;
    /// Epoch whose records say who can be drawn.
    uint48 records;
    /// The manifest whose nodes can be drawn; 0 for those of all.
    bytes32 manifest;
    /// Stake that the first draw and the second are drawn from: that of `records` without the parties' owners'.
    uint128 firstTotal;
    uint128 secondTotal;
    /// Paid to those who summoned jurors.
    uint96 fees;
    /// Paid to those who settled jurors that had to pay.
    uint96 tips;
}

/// @title Cases before the court
/// @notice A case is opened over one to 32 signed receipts of one miner and one model by anyone who posts the bond;
/// others may join. A set of receipts is tried once; another set is another case, but no receipt is punished twice. A
/// void case can be opened again, for twice the bond.
abstract contract Cases is CourtParameters, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice Most challengers of one case, so that closing it has a bounded cost.
    uint256 public constant MAX_CHALLENGERS = 8;
    /// @notice The bond stops to double after this number of void attempts: 64 times the first one.
    uint256 public constant MAX_DOUBLINGS = 6;

    mapping(bytes32 id => Case) internal _cases;
    mapping(bytes32 id => address[]) internal _challengers;
    mapping(bytes32 id => mapping(address challenger => uint256)) internal _owed;
    uint256 internal _openCases;

    mapping(bytes32 id => bytes32[]) internal _receipts;
    /// @dev The number of the attempt in which an address was last a party, or the owner of one.
    mapping(bytes32 id => mapping(address owner => uint256)) private _parties;

    /// @notice Results are disputed.
    /// @param id keccak256(abi.encode(receipts)).
    /// @param accused The miner that signed the receipts.
    /// @param challenger Address that opened the case.
    /// @param manifest The manifest whose nodes can be drawn; 0 for those of all.
    /// @param epoch Epoch in which it was opened; the first draw is in the next one.
    /// @param bond What the challenger posted.
    /// @param bundles Reference by which jurors find the evidence, in a form that they agree on.
    /// @param tickets Digests of the tickets, in the order of their receipts.
    /// @param receipts Digests of the receipts, ascending.
    event DisputeOpened(
        bytes32 indexed id,
        address indexed accused,
        address indexed challenger,
        bytes32 manifest,
        uint64 epoch,
        uint256 bond,
        bytes32 bundles,
        bytes32[] tickets,
        bytes32[] receipts
    );
    /// @notice Somebody joined the challengers of an open case, with the same bond.
    /// @param id Id of the case.
    /// @param challenger Address that joined.
    /// @param bundles Reference by which jurors find its evidence.
    event DisputeJoined(bytes32 indexed id, address indexed challenger, bytes32 bundles);
    /// @notice More evidence was announced to the jurors of an open case.
    /// @param id Id of the case.
    /// @param from Address that added it.
    /// @param bundles Reference by which it can be found.
    event EvidenceAdded(bytes32 indexed id, address indexed from, bytes32 bundles);
    /// @notice A challenger got what was left for it of closed cases.
    /// @param id Id of the case.
    /// @param challenger Address that was paid.
    /// @param amount The amount.
    event BondWithdrawn(bytes32 indexed id, address indexed challenger, uint256 amount);

    /// @notice No stake is left behind the node.
    /// @param node Address of the node's key.
    error NothingToSlash(address node);
    /// @notice A case over these receipts is open, or was decided.
    /// @param id Id of the case.
    error AlreadyDisputed(bytes32 id);
    /// @notice Too little stake has been declared to draw a jury from.
    /// @param have The stake declared, without that of the parties' owners.
    /// @param need The least that is needed.
    error NoJury(uint256 have, uint256 need);
    /// @notice The case was never opened, or it is closed.
    /// @param id Id of the case.
    error NotOpen(bytes32 id);
    /// @notice Challengers join until the epoch of the first draw ends.
    error JoinClosed();
    /// @notice The case has as many challengers as it can have.
    error TooManyChallengers();
    /// @notice The address is a challenger of this case already.
    /// @param challenger The address.
    error AlreadyChallenger(address challenger);
    /// @notice Nothing is left for this challenger.
    /// @param challenger The address.
    error NothingToWithdraw(address challenger);

    /// @notice Opens a case over receipts of one miner and one model, and takes the bond from the caller, by allowance.
    /// A void case can be opened again in the same way.
    /// @param items The receipts in the ascending order of their digests, 1 to 32.
    /// @param bundles Reference by which jurors find the evidence, in a form that they agree on.
    /// @return id keccak256(abi.encode(digests of the receipts)).
    function open(Item[] calldata items, bytes32 bundles) external nonReentrant returns (bytes32 id) {
        _checkActive();
        Findings memory findings = evidence.check(items);
        id = keccak256(abi.encode(findings.receipts));
        Case storage entry = _cases[id];
        if (entry.state == State.None) _receipts[id] = findings.receipts;
        else if (entry.state != State.Void) revert AlreadyDisputed(id);
        // Only epochs that ended an epoch before the tickets did: nobody declares a manifest in order to judge a case.
        uint256 records = findings.until / _epochSeconds;
        _begin(id, entry, findings.accused, records < 2 ? 0 : records - 2);
        _convene(id, entry, findings.model);
        uint256 bond = entry.bond;
        emit DisputeOpened(
            id,
            findings.accused,
            msg.sender,
            entry.manifest,
            uint64(_epoch()),
            bond,
            bundles,
            findings.tickets,
            findings.receipts
        );
        cai.safeTransferFrom(msg.sender, address(this), bond);
    }

    /// @notice Joins the challengers of an open case with the same bond, by allowance; until the epoch of its first draw
    /// ends. So a miner gains nothing by disputing its own results badly.
    /// @param id Id of the case.
    /// @param bundles Reference by which jurors find more evidence, in a form that they agree on.
    function join(bytes32 id, bytes32 bundles) external nonReentrant {
        Case storage entry = _open(id);
        if (_epoch() > uint256(entry.epoch) + 1) revert JoinClosed();
        address[] storage challengers = _challengers[id];
        if (challengers.length == MAX_CHALLENGERS) revert TooManyChallengers();
        for (uint256 i = 0; i < challengers.length; ++i) {
            if (challengers[i] == msg.sender) revert AlreadyChallenger(msg.sender);
        }
        challengers.push(msg.sender);
        _exclude(id, entry, msg.sender);
        _exclude(id, entry, _ownerOf(msg.sender));
        emit DisputeJoined(id, msg.sender, bundles);
        cai.safeTransferFrom(msg.sender, address(this), entry.bond);
    }

    /// @notice Announces more evidence to the jurors of an open case, so that no challenger can spoil a case by
    /// withholding it. Anyone may call.
    /// @param id Id of the case.
    /// @param bundles Reference by which it can be found.
    function addEvidence(bytes32 id, bytes32 bundles) external {
        _open(id);
        emit EvidenceAdded(id, msg.sender, bundles);
    }

    /// @notice Pays a challenger what closed cases have left for it: its bond or a part of it, and a reward. Anyone may
    /// call.
    /// @param id Id of the case.
    /// @param challenger The address that is paid.
    /// @return amount The amount.
    function withdrawBond(bytes32 id, address challenger) external nonReentrant returns (uint256 amount) {
        amount = _owed[id][challenger];
        if (amount == 0) revert NothingToWithdraw(challenger);
        _owed[id][challenger] = 0;
        emit BondWithdrawn(id, challenger, amount);
        cai.safeTransfer(challenger, amount);
    }

    /// @notice A case.
    /// @param id Id of the case.
    /// @return entry All zero for receipts that were never disputed.
    function caseOf(bytes32 id) external view returns (Case memory entry) {
        return _cases[id];
    }

    /// @notice Cases that are not closed.
    /// @return count Their number.
    function openCases() external view returns (uint256 count) {
        return _openCases;
    }

    /// @notice The challengers of a case, in the order in which they came; of its last attempt if there were several.
    /// @param id Id of the case.
    /// @return challengers Their addresses.
    function challengersOf(bytes32 id) external view returns (address[] memory challengers) {
        return _challengers[id];
    }

    /// @notice The receipts of a case.
    /// @param id Id of the case.
    /// @return receipts Their digests, ascending.
    function receiptsOf(bytes32 id) external view returns (bytes32[] memory receipts) {
        return _receipts[id];
    }

    /// @notice What `withdrawBond` would pay.
    /// @param id Id of the case.
    /// @param challenger Address of the challenger.
    /// @return amount In wei of CAI.
    function bondOf(bytes32 id, address challenger) external view returns (uint256 amount) {
        return _owed[id][challenger];
    }

    /// @notice What a challenger has to post now in order to open a case.
    /// @param id Id of the case: a void one costs more.
    /// @param accused The miner that signed the receipts.
    /// @return bond In wei of CAI.
    function bondFor(bytes32 id, address accused) public view returns (uint256 bond) {
        bond = _fraction(accused, _parameters.bondBps);
        if (bond < _parameters.bond) bond = _parameters.bond;
        uint256 attempts = _attempt(_cases[id].round);
        bond <<= attempts < MAX_DOUBLINGS ? attempts : MAX_DOUBLINGS;
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev The case; reverts unless it is open.
    function _open(bytes32 id) internal view returns (Case storage entry) {
        entry = _cases[id];
        if (entry.state != State.Open) revert NotOpen(id);
    }

    /// @dev How often the case was opened, by the number of its current draw.
    function _attempt(uint256 round) internal pure returns (uint256) {
        return (round + 1) / 2;
    }

    /// @dev Whether an owner is that of a party, or a party itself, in the current attempt.
    function _isParty(bytes32 id, uint256 round, address owner) internal view returns (bool) {
        return _parties[id][owner] == _attempt(round);
    }

    /// @dev Fills in a case that is opened for the first time or again.
    function _begin(bytes32 id, Case storage entry, address accused, uint256 records) private {
        if (_slashable(accused) == 0) revert NothingToSlash(accused);
        Parameters storage terms = _parameters;
        entry.bond = bondFor(id, accused).toUint96();
        entry.accused = accused;
        entry.epoch = uint40(_epoch());
        entry.state = State.Open;
        entry.round = (2 * _attempt(entry.round) + 1).toUint16();
        entry.falsifiedBps = terms.falsifiedBps;
        // Within its bound.
        entry.jurorDock = uint72(terms.jurorDock);
        entry.records = records.toUint48();
        (entry.fees, entry.tips) = (0, 0);
        delete _challengers[id];
        _challengers[id].push(msg.sender);
        ++_openCases;
    }

    /// @dev Chooses whom the jury is drawn from: the nodes that declared the model if they have enough stake, else all
    /// that declared any. The owners of both parties do not count.
    function _convene(bytes32 id, Case storage entry, bytes32 model) private {
        address[] memory owners = new address[](3);
        (owners[0], owners[1], owners[2]) = (_ownerOf(entry.accused), msg.sender, _ownerOf(msg.sender));
        for (uint256 i = 0; i < owners.length; ++i) {
            if (!_addParty(id, entry.round, owners[i])) owners[i] = address(0);
        }
        (bytes32 manifest, uint128 total) = jurors.panelFor(model, entry.records, owners, minimumJury);
        if (total == 0 || total < minimumJury) revert NoJury(total, minimumJury);
        entry.manifest = manifest;
        entry.firstTotal = total;
        entry.secondTotal = total;
    }

    /// @dev Makes an owner a party of the current attempt; false if it is nobody, or one already.
    function _addParty(bytes32 id, uint256 round, address owner) private returns (bool) {
        if (owner == address(0) || _isParty(id, round, owner)) return false;
        _parties[id][owner] = _attempt(round);
        return true;
    }

    /// @dev Keeps an owner out of the jury. The first draw's stake does not change once its seed can be known.
    function _exclude(bytes32 id, Case storage entry, address owner) private {
        if (!_addParty(id, entry.round, owner)) return;
        uint128 stake = jurors.ownerStakeRecorded(entry.manifest, owner, entry.records).toUint128();
        if (_epoch() == entry.epoch) entry.firstTotal -= stake;
        entry.secondTotal -= stake;
    }
}
