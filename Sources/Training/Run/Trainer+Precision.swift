// Trainer+Precision.swift — in which numbers a run's products are computed: what is asked for, what every
// rank's processor makes of it, and what is said of it. Not how: see nn_gemm.h.

import DistributedTraining
import Foundation
import Model
import Store
import Tensor

extension Trainer {
    /// What this rank computes with.
    var products: Products { Products(configuration.train.precision) }

    /// Says on rank 0 where ranks do other than they were asked to, or not all the same. Collective.
    /// Returns there the names of what makes products in this run, sorted; nil on the others.
    func compareProducts() throws -> [String]? {
        let all = try world.communicator.gather(Array((products.name + "\n").utf8), phase: "compare processors")
        let capable: Int64 = products.isRounded ? 1 : 0
        let rounding = try world.communicator.allReduce(.sum, capable, phase: "count bfloat16 units")
        guard let all else { return nil }
        if configuration.train.precision == .bf16, rounding < world.size {
            let who = world.size == 1 ? "this processor has" : "the processors of \(world.size - Int(rounding)) of \(world.size) ranks have"
            log.warning(
                """
                \(who) no units for bfloat16 products (AVX512_BF16 or AMX), so train.precision=bf16 computes \
                float32 there, at float32's speed; bf16-model gives what AVX512_BF16 would compute, slowly
                """)
        }
        let names = Set((0..<world.size).flatMap { String(decoding: Array(all[$0]), as: UTF8.self).split(separator: "\n") })
        if names.count > 1 {
            log.warning(
                """
                the ranks' products are made by \(names.sorted().joined(separator: " and ")), which round \
                differently: the run cannot be repeated to the bit on other hosts
                """)
        }
        return names.map(String.init).sorted()
    }

    /// What a checkpoint says of how its steps were computed.
    func productsProvenance(_ names: [String]?) -> [String: String] {
        ["products": (names ?? [products.name]).joined(separator: ", ")]
    }

    /// A resume may compute in other numbers than the run so far: said, not refused.
    func announceChange(since contents: CheckpointContents) throws {
        guard world.rank == 0 else { return }
        let old = try RunConfiguration.load(yaml: contents.config, source: "the checkpoint's configuration").train.precision
        guard old != configuration.train.precision else { return }
        log.notice(
            """
            the steps so far were computed with train.precision=\(old.rawValue), those from here on with \
            train.precision=\(configuration.train.precision.rawValue)
            """)
    }
}
