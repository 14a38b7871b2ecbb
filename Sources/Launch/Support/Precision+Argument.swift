// Precision+Argument.swift — precisions as options of commands: float32, bf16, bf16-model.

import ArgumentParser
import Tensor

extension Precision: ExpressibleByArgument {}
