//! Commands in hints, ready to paste: with the options of the user's own command line that they need as well.

/// Commands that act for a key, or for a key's address where none is named. Each is one or two words.
const OF_A_KEY: &[&str] = &[
    "balance",
    "coordinator check",
    "coordinator run",
    "coordinator settle",
    "dispute advance",
    "dispute bond",
    "dispute commit",
    "dispute declare",
    "dispute join",
    "dispute open",
    "dispute prove",
    "dispute reveal",
    "dispute seed",
    "dispute settle",
    "escrow collect",
    "escrow deposit",
    "escrow redeem",
    "escrow thaw",
    "escrow withdraw",
    "faucet request",
    "miner check",
    "miner claim",
    "miner payout",
    "miner redeem",
    "miner run",
    "register",
    "send",
    "stake",
    "vote cast",
    "vote list",
    "vote move",
    "vote release",
    "vote retract",
];
/// Commands that ask a network, beside those of a key.
const OF_A_NETWORK: &[&str] =
    &["coordinator", "dispute", "doctor", "escrow", "faucet", "miner", "network show", "task", "tx", "vote"];
/// What may follow a command in a hint.
const ENDS: &[&str] = &["; ", ", ", " && ", " > ", " (", " -- "];

/// The options of the user's command line that name a key and a network, as they are typed again.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Options that name the key, such as `--account NAME`, each with its value.
    pub key: Vec<String>,
    /// Options that name the network, each with its value.
    pub network: Vec<String>,
}

impl Typed {
    /// The hint with these options after each of its commands that needs them and does not have them.
    pub(super) fn complete(&self, hint: &str) -> String {
        let mut pieces = hint.split("cuckoo ");
        let mut completed = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = ENDS.iter().filter_map(|end| piece.find(end)).chain(piece.find('`')).min().unwrap_or(piece.len());
            let (command, rest) = piece.split_at(end);
            completed.push_str("cuckoo ");
            completed.push_str(command);
            // A command in a sentence is not to be pasted.
            if !rest.starts_with('`') {
                self.options_of(command).for_each(|option| completed.extend([" ", option]));
            }
            completed.push_str(rest);
        }
        completed
    }

    fn options_of<'a>(&'a self, command: &'a str) -> impl Iterator<Item = &'a str> {
        let is_one_of = |commands: &[&str]| {
            commands.iter().any(|known| command == *known || command.starts_with(&format!("{known} ")))
        };
        let (of_a_key, of_a_network) = (is_one_of(OF_A_KEY), is_one_of(OF_A_NETWORK));
        let has = |option: &str| command.split(' ').any(|word| word == option);
        let names_a_key = ["--account", "-a", "--keystore", "--to", "--from"].iter().any(|option| has(option));
        let names_a_network = ["--network", "-n", "--rpc-url"].iter().any(|option| has(option));
        let key = self.key.iter().filter(move |_| of_a_key && !names_a_key);
        let network = self.network.iter().filter(move |_| (of_a_key || of_a_network) && !names_a_network);
        key.chain(network).map(String::as_str)
    }
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_get_the_key_and_the_network_that_were_typed() {
        let typed = Typed { key: vec!["--account owner".into()], network: vec!["--network testnet".into()] };
        for (hint, completed) in [
            (
                "release it then: cuckoo vote release 'gpu box'",
                "release it then: cuckoo vote release 'gpu box' --account owner --network testnet",
            ),
            ("list the nodes: cuckoo vote leaderboard", "list the nodes: cuckoo vote leaderboard --network testnet"),
            (
                "start it: cuckoo miner run --account node",
                "start it: cuckoo miner run --account node --network testnet",
            ),
            (
                "make one: cuckoo wallet new NAME, then --node-account NAME",
                "make one: cuckoo wallet new NAME, then --node-account NAME",
            ),
            (
                "take it back: cuckoo stake unbond NODE AMOUNT, and later: cuckoo stake release NODE",
                "take it back: cuckoo stake unbond NODE AMOUNT --account owner --network testnet, and later: cuckoo stake release NODE --account owner --network testnet",
            ),
            ("a network of `cuckoo devnet` begins again", "a network of `cuckoo devnet` begins again"),
            ("agree beforehand: --yes", "agree beforehand: --yes"),
        ] {
            assert_eq!(typed.complete(hint), completed);
            assert_eq!(Typed::default().complete(hint), hint);
        }
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(quoted("gpu-box"), "gpu-box");
        assert_eq!(quoted("Joe's box"), r"'Joe'\''s box'");
        assert_eq!(quoted(""), "''");
    }
}
