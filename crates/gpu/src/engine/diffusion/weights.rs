//! The weights of a model's parts, as tensors by their names.

use std::{collections::HashMap, path::Path};

use candle_core::{
    DType, Device, Tensor,
    quantized::{GgmlDType, QTensor},
};

use super::plan::failed;
use crate::{
    engine::{EngineError, Quantise},
    model::diffusers::part_weights,
};

/// Numbers of a block of quantised weights.
const BLOCK: usize = 32;

/// Reads the weights of one part, a file at a time.
pub(super) fn load_part(
    directory: &Path,
    part: &str,
    numbers: DType,
    device: &Device,
) -> Result<HashMap<String, Tensor>, EngineError> {
    let files = part_weights(directory, Some(part)).map_err(|error| failed(directory, error))?;
    if files.is_empty() {
        return Err(failed(&directory.join(part), "no .safetensors file"));
    }
    let mut tensors = HashMap::new();
    for file in files {
        let read = candle_core::safetensors::load(&file, &Device::Cpu).map_err(|error| failed(&file, error))?;
        for (name, tensor) in read {
            // Positions are counted, whatever numbers a file has for them.
            let numbers = if tensor.dtype().is_float() { numbers } else { tensor.dtype() };
            let tensor = tensor.to_dtype(numbers).and_then(|tensor| tensor.to_device(device));
            tensors.insert(name, tensor.map_err(|error| failed(&file, error))?);
        }
    }
    Ok(tensors)
}

/// Rounds weights as if they were kept in fewer bits: a cheat, to see that audits find it.
pub(super) fn coarsen(tensors: &mut HashMap<String, Tensor>, quantise: Quantise) -> candle_core::Result<()> {
    let kind = match quantise {
        Quantise::Q8_0 => GgmlDType::Q8_0,
        Quantise::Q4_0 | Quantise::Q4K | Quantise::Q6K => GgmlDType::Q4_0,
    };
    for tensor in tensors.values_mut() {
        if tensor.rank() > 1 && tensor.elem_count().is_multiple_of(BLOCK) {
            let rows = tensor.to_dtype(DType::F32)?.reshape(((), BLOCK))?;
            let coarse = QTensor::quantize(&rows, kind)?.dequantize(tensor.device())?;
            *tensor = coarse.reshape(tensor.shape())?.to_dtype(tensor.dtype())?;
        }
    }
    Ok(())
}
