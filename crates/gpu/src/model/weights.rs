//! The weight files of a model, and the digest that names them.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use alloy::primitives::hex;
use sha2::{Digest, Sha256};

use super::diffusers;

/// The weight files of a model directory, in name order; of a model in several parts those of all parts.
pub fn weight_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    if diffusers::is_layout(directory) {
        let files = diffusers::part_weights(directory, None)?;
        return if files.is_empty() { Err(no_weights(directory)) } else { Ok(files) };
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "safetensors") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(no_weights(directory));
    }
    Ok(files)
}

fn no_weights(directory: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{} holds no .safetensors file", directory.display()))
}

/// `sha256:<hex>` over the files' bytes, one after the other. For one file it is what `sha256sum` prints.
pub fn hash_files(files: &[PathBuf]) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for path in files {
        let mut file = File::open(path)?;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
        }
    }
    Ok(format!("sha256:{}", hex::encode(hasher.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_covers_the_weights_in_name_order() {
        let directory = tempfile::tempdir().expect("a directory");
        assert!(weight_files(directory.path()).is_err());
        for (name, content) in [("b.safetensors", "two"), ("a.safetensors", "one"), ("config.json", "{}")] {
            std::fs::write(directory.path().join(name), content).expect("written");
        }
        let files = weight_files(directory.path()).expect("files");
        let expected = format!("sha256:{}", hex::encode(Sha256::digest("onetwo")));
        assert_eq!(hash_files(&files).expect("a digest"), expected);
    }
}
