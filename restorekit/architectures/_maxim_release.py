"""The released weights of MAXIM: TensorFlow.js graphs that were made from a JAX network.

Most arrays bear the path of their module in that network. The kernels of dense layers came as
arguments instead, and bear only a number: their place in the sorted list of all parameters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    Arrays = Mapping[str, npt.NDArray[np.float32]]

NAMED = re.compile(
    r"StatefulPartitionedCall/jax2tf_apply_/Wrapper/backbone/"
    r"(?P<module>.+)/(?P<node>transpose_3|transpose_4|Reshape|Reshape_2|Reshape_3)"
)
"""Kernel of a convolution, of a transposed one, bias; scale and bias of a normalisation."""
ARGUMENT = "StatefulPartitionedCall/jax2tf_arg_{}/ReadVariableOp"
PARAMETERS = {
    "transpose_3": "kernel",
    "transpose_4": "kernel",
    "Reshape": "bias",
    "Reshape_2": "scale",
    "Reshape_3": "bias",
}
CONSTANT = "jit__broadcast_arrays_"
"""Part of the names of constants that are no parameters."""

# Paths of the JAX network, rewritten one after the other to the names of the modules here.
RENAMED = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"^stage_(\d+)_input_conv_(\d+)", r"stages.\1.inputs.\2"),
        (r"^stage_(\d+)_input_fuse_sam_(\d+)", r"stages.\1.fusions.\2"),
        (r"^stage_(\d+)_encoder_block_(\d+)", r"stages.\1.encoders.\2"),
        (r"^stage_(\d+)_global_block_(\d+)/input_proj", r"stages.\1.bottlenecks.\2.enter"),
        (r"^stage_(\d+)_global_block_(\d+)", r"stages.\1.bottlenecks.\2"),
        (r"^stage_(\d+)_cross_gating_block_(\d+)", r"stages.\1.gates.\2"),
        (r"^stage_(\d+)_decoder_block_(\d+)", r"stages.\1.decoders.\2"),
        (r"^stage_(\d+)_supervised_attention_module_(\d+)", r"stages.\1.supervisions.\2"),
        (r"^stage_\d+_output_conv_0", "output"),
        (r"(encoders\.\d+)/Conv_1", r"\1.down"),
        (r"(encoders\.\d+)/cross_gating_block", r"\1.gate"),
        (r"(encoders\.\d+)/(?=Conv|Split|channel)", r"\1.groups/"),
        (r"UNetEncoderBlock_0", "groups"),
        (r"ConvTranspose_0", "up"),
        (r"groups/Conv_0", "groups.fuse"),
        (r"channel_attention/Conv_0", "attention.squeeze"),
        (r"channel_attention/Conv_1", "attention.excite"),
        (r"channel_attention_block_1_?(\d+)", r"attentions.\1"),
        (r"channel_mixing/Dense_", "dense_"),
        (r"(supervisions\.\d+)/Conv_0", r"\1.features"),
        (r"(supervisions\.\d+)/Conv_1", r"\1.predict"),
        (r"(supervisions\.\d+)/Conv_2", r"\1.attend"),
        (r"Conv_0", "enter_x"),
        (r"Conv_1", "enter_y"),
        (r"SplitHeadMultiAxisGating_([xy])", r"gate_\1"),
        (r"(gate_[xy])/Dense_0", r"\1.mix_grid"),
        (r"(gate_[xy])/Dense_1", r"\1.mix_block"),
        (r"SplitHeadMultiAxisGmlpLayer_(\d+)", r"mixers.\1"),
        (r"GridGmlpLayer(/GridGatingUnit)?", "grid"),
        (r"BlockGmlpLayer(/BlockGatingUnit)?", "block"),
        (r"(grid|block)/Dense_0", r"\1.mix"),
        (r"intermediate_layernorm", "gate_norm"),
        (r"LayerNorm", "norm"),
        (r"/(scale|kernel)$", ".weight"),
        (r"/", "."),
    )
)
RESIZE = re.compile(r"^UpSampleRatio_(\d+)/Conv_0")


def from_tfjs(arrays: Arrays) -> dict[str, Tensor]:
    """The state dict from the arrays of a TensorFlow.js graph.

    Raises:
        CheckpointError: The graph is another network's.
    """
    parameters = _parameters(arrays)
    stages = {match[0] for path in parameters if (match := re.match(r"stage_\d+", path))}
    resizes = {match[0] for path in parameters if (match := RESIZE.match(path))}
    if not stages or len(resizes) % len(stages):
        raise CheckpointError(
            "the graph is no MAXIM", got=f"{len(stages)} stages and {len(resizes)} resizes"
        )
    each = len(resizes) // len(stages)
    return {_name(path, each): _tensor(array, path) for path, array in parameters.items()}


def _name(path: str, resizes: int) -> str:
    """The tensor's name here; ``resizes`` in each stage, numbered throughout in the graph."""

    def resize(match: re.Match[str]) -> str:
        stage, number = divmod(int(match[1]), resizes)
        return f"stages.{stage}.resizes.{number}.project"

    name = RESIZE.sub(resize, path)
    for pattern, replacement in RENAMED:
        name = pattern.sub(replacement, name)
    return name


def _parameters(arrays: Arrays) -> dict[str, npt.NDArray[np.float32]]:
    """The parameters of the JAX network by path, such as ``stage_0_input_conv_0/kernel``."""
    found: dict[str, npt.NDArray[np.float32]] = {}
    for name, array in arrays.items():
        match = NAMED.fullmatch(name)
        if match and CONSTANT not in name:
            found[f"{match['module']}/{PARAMETERS[match['node']]}"] = array
    # Whatever has a bias has a kernel or a scale.
    modules = {path.removesuffix("/bias") for path in found if path.endswith("/bias")}
    dense = {f"{m}/kernel" for m in modules if not {f"{m}/kernel", f"{m}/scale"} & found.keys()}
    for number, path in enumerate(sorted({*found, *dense})):
        if path in dense:
            if ARGUMENT.format(number) not in arrays:
                raise CheckpointError(
                    "the graph is no MAXIM", expected=f"argument {number}, the {path}"
                )
            found[path] = arrays[ARGUMENT.format(number)]
    return found


def _tensor(array: npt.NDArray[np.float32], path: str) -> Tensor:
    """As torch has it: outputs first; convolutions of one pixel are linear layers here."""
    if not path.endswith("/kernel"):
        return torch.from_numpy(array.flatten())
    if array.ndim == 4 and array.shape[:2] != (1, 1):
        # (height, width, in, out), and in transposed convolutions (height, width, out, in)
        return torch.from_numpy(array.transpose(3, 2, 0, 1).copy())
    return torch.from_numpy(array.reshape(array.shape[-2:]).T.copy())
