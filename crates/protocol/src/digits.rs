//! Numbers of 64 bits in JSON for people, for serde's `with`: a text of digits. JavaScript and `jq` round numbers above 2^53, and those of
//! tickets are larger. Signed documents, whose form is fixed, have plain numbers.

use std::fmt;

use serde::{Deserializer, Serializer, de};

/// Writes the digits.
pub fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// Reads digits, or the plain number that earlier versions wrote.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Number;

    impl de::Visitor<'_> for Number {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number of 64 bits")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
            Ok(number)
        }

        fn visit_str<E: de::Error>(self, digits: &str) -> Result<u64, E> {
            digits.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_any(Number)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        #[serde(with = "super")]
        number: u64,
    }

    #[test]
    fn a_number_is_written_as_digits_and_read_in_both_forms() {
        for number in [0, 1 << 53, (1 << 53) + 1, u64::MAX] {
            let written = serde_json::to_string(&Row { number }).expect("writes");
            assert_eq!(written, format!("{{\"number\":\"{number}\"}}"));
            for text in [written, format!("{{\"number\":{number}}}")] {
                assert_eq!(serde_json::from_str::<Row>(&text).expect("reads"), Row { number });
            }
        }
        for wrong in ["\"\"", "\"-1\"", "-1", "1.5", "\"18446744073709551616\"", "null", "[]"] {
            assert!(serde_json::from_str::<Row>(&format!("{{\"number\":{wrong}}}")).is_err(), "{wrong}");
        }
    }
}
