// TrainStep+Start.swift — all ranks begin with the same numbers: nothing later would make them equal again.
//
// Gradients are summed, and the same update follows on every rank; a difference at the start stays for ever.

import DistributedTraining
import Model
import Store

extension TrainStep {
    /// Weights that were drawn: all ranks take rank 0's. Hosts whose mathematical functions round differently
    /// draw others. Collective. Cost: a broadcast of the weights.
    func shareStart(_ world: World) throws {
        guard world.size > 1 else { return }
        let values = detector.parameters.values
        try world.communicator.broadcast(values, phase: "share the first weights")
        if let average { _ = average.values.update(fromContentsOf: values) }
    }

    /// Weights and state that every rank has read for itself: throws on all ranks if they are not the same.
    /// Collective. Cost: a second per GB.
    func requireSameStart(_ world: World) throws {
        guard world.size > 1 else { return }
        var hashes = [detector.parameters.stateHash]
        for (_, values) in optimizer.state { hashes.append(SHA256.hash(of: UnsafeRawBufferPointer(values))) }
        if let average { hashes.append(SHA256.hash(of: UnsafeRawBufferPointer(average.values))) }
        for (_, values) in objective.statistics.state { hashes.append(values.withUnsafeBytes { SHA256.hash(of: $0) }) }
        try world.communicator.requireSame(
            hashes.joined().utf8, object: "the set of first weights",
            remedy: "give all hosts the same file, best in a shared folder")
    }
}

extension Parameters {
    /// Of weights and running statistics, bit for bit.
    var stateHash: String {
        let hash = SHA256()
        hash.update(UnsafeRawBufferPointer(values))
        hash.update(UnsafeRawBufferPointer(buffers))
        return hash.finish()
    }
}
