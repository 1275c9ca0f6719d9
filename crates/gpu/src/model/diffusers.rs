//! Models that make images, as diffusers lays them out: a directory for each part, and a `model_index.json` that names them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What says that a directory is laid out so.
pub const INDEX: &str = "model_index.json";
/// Parts that have weights. What looks for indecent images is not among them: nothing here filters what a model makes.
const WEIGHED: [&str; 4] = ["text_encoder", "text_encoder_2", "unet", "vae"];
/// Parts that turn prompts into tokens.
const TOKENISERS: [&str; 2] = ["tokenizer", "tokenizer_2"];
/// Files of a tokeniser.
const TOKENISER_FILES: [&str; 5] =
    ["vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"];
const SCHEDULER: &str = "scheduler/scheduler_config.json";
const WEIGHTS: &str = ".safetensors";

/// True for a directory with such a model, of those that are made in steps by a UNet.
pub fn is_layout(directory: &Path) -> bool {
    directory.join(INDEX).is_file() && directory.join("unet/config.json").is_file()
}

/// The same of a list of files.
pub(super) fn lists_layout<'a>(mut names: impl Iterator<Item = &'a str> + Clone) -> bool {
    names.clone().any(|name| name == INDEX) && names.any(|name| name == "unet/config.json")
}

/// The files of the model among all that there are, sorted: of weights in several precisions the fullest.
pub(super) fn select<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<&'a str> {
    let describes = |name: &&str| {
        let (part, file) = name.split_once('/').unwrap_or(("", name));
        match part {
            "" => file == INDEX,
            _ if WEIGHED.contains(&part) => file == "config.json",
            _ if TOKENISERS.contains(&part) => TOKENISER_FILES.contains(&file),
            _ => *name == SCHEDULER,
        }
    };
    let weights = WEIGHED.into_iter().flat_map(|part| {
        let of_part = |name: &&str| {
            let file = name.split_once('/').filter(|(of, _)| *of == part).map(|(_, file)| file);
            file.is_some_and(|file| file.ends_with(WEIGHTS) && !file.contains('/'))
        };
        // Another precision stands before the ending: `model.fp16.safetensors`.
        let is_full = |name: &&str| !name.trim_end_matches(WEIGHTS).contains('.');
        let is_half = |name: &&str| name.trim_end_matches(WEIGHTS).ends_with(".fp16");
        let full: Vec<_> = names.clone().filter(of_part).filter(is_full).collect();
        if full.is_empty() { names.clone().filter(of_part).filter(is_half).collect() } else { full }
    });
    let mut selected: Vec<_> = names.clone().filter(describes).chain(weights).collect();
    selected.sort_unstable();
    selected
}

/// The model's files in a directory, by their paths below it.
pub(super) fn list(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = vec![INDEX.to_owned()];
    for part in WEIGHED.into_iter().chain(TOKENISERS).chain(["scheduler"]) {
        let entries = match fs::read_dir(directory.join(part)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            if let Some(file) = entry?.file_name().to_str() {
                names.push(format!("{part}/{file}"));
            }
        }
    }
    Ok(select(names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect())
}

/// The files with the weights of all parts, or of one, in the order of their paths.
pub fn part_weights(directory: &Path, part: Option<&str>) -> io::Result<Vec<PathBuf>> {
    let is_of_part = |name: &String| part.is_none_or(|part| name.split_once('/').is_some_and(|(of, _)| of == part));
    let weights = list(directory)?.into_iter().filter(|name| name.ends_with(WEIGHTS) && is_of_part(name));
    Ok(weights.map(|name| directory.join(name)).collect())
}

/// The files that describe the model, beside its weights, by their paths below the directory and in their order.
pub fn descriptions(directory: &Path) -> io::Result<Vec<String>> {
    Ok(list(directory)?.into_iter().filter(|name| !name.ends_with(WEIGHTS)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_weights_of_each_part_are_taken_and_nothing_else() {
        let names = [
            "README.md",
            "model_index.json",
            "v1-5-pruned.safetensors",
            "safety_checker/model.safetensors",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "text_encoder/model.fp16.safetensors",
            "tokenizer/merges.txt",
            "tokenizer/vocab.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
            "unet/diffusion_pytorch_model-00002-of-00002.safetensors",
            "unet/diffusion_pytorch_model.bin",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "unet/diffusion_pytorch_model.non_ema.safetensors",
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors",
        ];
        assert!(lists_layout(names.into_iter()) && !lists_layout(names.into_iter().take(5)));
        let expected = [1, 4, 5, 6, 7, 8, 9, 10, 11, 15, 16].map(|at| names[at]);
        assert_eq!(select(names.into_iter()), expected);
        let directory = tempfile::tempdir().expect("a directory");
        for name in names {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(path, name).expect("written");
        }
        assert!(is_layout(directory.path()));
        assert_eq!(list(directory.path()).expect("lists"), expected);
        assert_eq!(part_weights(directory.path(), None).expect("lists").len(), 4);
        assert_eq!(part_weights(directory.path(), Some("unet")).expect("lists").len(), 2);
        assert_eq!(descriptions(directory.path()).expect("lists").len(), 7);
    }
}
