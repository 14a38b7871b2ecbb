// Precision.swift — in which numbers a network's matrix products are computed: what is asked for, and what
// this processor makes of it. The products themselves are GEMM's and nn_gemm.h's.

import CKernels

/// What is asked for.
public enum Precision: String, CaseIterable, Codable, Sendable {
    case float32
    /// Operands rounded to bfloat16, sums in float32, by the processor's units; float32 where it has none.
    case bf16
    /// What AVX512_BF16 computes, to the bit, in C on any processor; slow.
    case bf16Model = "bf16-model"
}

/// What is computed here.
public struct Products: Equatable, Sendable {
    /// As nn_gemm.h counts them.
    package let kind: Int32

    package init(kind: Int32) { self.kind = kind }

    public static let float32 = Products(kind: Int32(BW_PRODUCTS_FLOAT32))

    /// Of a processor without units for bfloat16 `.bf16` asks for nothing: it computes float32.
    public init(_ precision: Precision) {
        switch precision {
        case .float32: self = .float32
        case .bf16: self = bw_gemm_has_bf16() != 0 ? Products(kind: Int32(BW_PRODUCTS_BF16)) : .float32
        case .bf16Model: self.init(kind: Int32(BW_PRODUCTS_BF16_MODEL))
        }
    }

    public var isRounded: Bool { self != .float32 }

    /// What makes them: "avx512", "avx2" or "plain"; "avx512_bf16", "amx_bf16" or "bf16 model".
    public var name: String { String(cString: bw_gemm_name(kind)) }

    /// What makes float32 and, where this processor has units for them, bfloat16 products.
    public static var available: String {
        let bf16 = Products(.bf16)
        return Products.float32.name + (bf16.isRounded ? ", \(bf16.name)" : "")
    }
}

extension Precision {
    /// What a user has to be told who asked for this on this processor; nil if there is nothing.
    /// - Parameter option: what was set, such as "train.precision=bf16".
    public func caution(_ option: String) -> String? {
        guard self == .bf16, !Products(self).isRounded else { return nil }
        return """
            this processor has no units for bfloat16 products (AVX512_BF16 or AMX), so \(option) computes float32 \
            here, at float32's speed; bf16-model gives what AVX512_BF16 would compute, slowly
            """
    }
}
