//! Links: what a terminal opens when somebody clicks on an address (OSC 8).

use cuckoo_protocol::{Address, status::Snapshot};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Position,
};

/// Characters of an address in full.
const LENGTH: usize = 42;

/// A block explorer of a network, as the network's description names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explorer {
    /// The chain that it is for: of a node of another one, nothing is a link.
    pub chain_id: u64,
    /// Where it is, without a slash at the end.
    pub url: String,
}

impl Explorer {
    /// Where it shows an address, as Etherscan's and Blockscout's explorers have it.
    fn address(&self, address: Address) -> String {
        format!("{}/address/{address}", self.url)
    }
}

/// Cells that lead somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) cells: Vec<(u16, u16, Cell)>,
}

/// The addresses in full that a frame shows. Shortened ones are none: two of them may look the same.
pub(crate) fn find(buffer: &Buffer, explorer: &Explorer) -> Vec<Link> {
    let mut links = vec![];
    let is_word = |cell: &Cell| cell.symbol().bytes().all(|byte| byte.is_ascii_alphanumeric());
    for y in buffer.area.rows().map(|row| row.y) {
        let mut begin = buffer.area.left();
        for x in buffer.area.left()..=buffer.area.right() {
            if buffer.cell(Position { x, y }).is_some_and(is_word) {
                continue;
            }
            if usize::from(x - begin) == LENGTH {
                let cells = || (begin..x).filter_map(|x| Some((x, y, buffer.cell(Position { x, y })?)));
                let text: String = cells().map(|(_, _, cell)| cell.symbol()).collect();
                if let Some(address) = text.starts_with("0x").then(|| text.parse().ok()).flatten() {
                    let cells = cells().map(|(x, y, cell)| (x, y, cell.clone())).collect();
                    links.push(Link { url: explorer.address(address), cells });
                }
            }
            begin = x.saturating_add(1);
        }
    }
    links
}

/// The explorer, if it is for the chain of this node.
pub(crate) fn of<'a>(explorer: Option<&'a Explorer>, snapshot: Option<&Snapshot>) -> Option<&'a Explorer> {
    explorer.filter(|explorer| snapshot.is_some_and(|snapshot| snapshot.chain.chain_id == explorer.chain_id))
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    #[test]
    fn an_address_in_full_is_a_link_and_nothing_else_is() {
        let explorer = Explorer { chain_id: 1, url: "https://explorer.test".to_owned() };
        let address = Address::repeat_byte(0xab);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 4));
        buffer.set_string(2, 0, format!("owner {address}, and its case"), Style::default());
        buffer.set_string(0, 1, format!("{address:#x}"), Style::default());
        buffer.set_string(0, 2, format!("{address}00 0xabab…abab 0x{}", "g".repeat(40)), Style::default());
        let links = find(&buffer, &explorer);
        let url = format!("https://explorer.test/address/{address}");
        assert_eq!(links.iter().map(|link| link.url.as_str()).collect::<Vec<_>>(), [url.as_str(); 2]);
        let place = |link: &Link| link.cells.first().map(|(x, y, _)| (*x, *y));
        assert_eq!([place(&links[0]), place(&links[1])], [Some((8, 0)), Some((0, 1))]);
        assert!(links.iter().all(|link| link.cells.len() == LENGTH));
    }
}
