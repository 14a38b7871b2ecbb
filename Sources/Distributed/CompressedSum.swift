// CompressedSum.swift — one sum over ranks with bfloat16 on the wire, step by step, without blocking.
//
// Note [Error feedback]
// bfloat16 has 8 bits of precision: a single sum is off by up to 0.4 %. But what a rank could not send it
// keeps, and adds to what it sends next time (Seide et al., "1-Bit Stochastic Gradient Descent", 2014;
// Karimireddy et al., "Error Feedback Fixes SignSGD", 2019), so the sum over steps is off by one step's
// rounding, however many steps there are. Two roundings lose something: a rank's, before its numbers are
// added, and the adder's, before the sum goes back. Both losses are kept where they arise, in one buffer.
// A sum without compression that adds the buffer leaves nothing behind.

import CKernels
import CMPI

// N numbers, R ranks.

/// Replaces a buffer by its sum over all ranks, to bfloat16; the same bits on every rank.
///
/// Rank j adds up the j-th of R parts: all send it theirs, it adds them in the order of the ranks, in float32,
/// and sends the sum to all. 2·(1 − 1/R)·N numbers of 2 bytes each way: half of a ring's bytes.
final class CompressedSum: StepwiseSum {
    private let values: UnsafeMutableBufferPointer<Float>
    private let residual: UnsafeMutablePointer<Float>
    private let communicator: Communicator
    private let tag: Int32
    /// [N] what this rank sends, then what all have summed.
    private let wire: UnsafeMutablePointer<UInt16>
    /// [R, own part] what the others send of this rank's part.
    private let received: UnsafeMutablePointer<UInt16>
    private enum Stage { case new, gathering, spreading, done }
    private var stage = Stage.new
    private var requests: [bw_mpi_request] = []

    init(
        _ values: UnsafeMutableBufferPointer<Float>, residual: UnsafeMutablePointer<Float>,
        communicator: Communicator, tag: Int
    ) {
        self.values = values
        self.residual = residual
        self.communicator = communicator
        self.tag = Int32(tag % 32768)
        wire = .allocate(capacity: max(values.count, 1))
        let own = values.count * (communicator.rank + 1) / communicator.size - values.count * communicator.rank / communicator.size
        received = .allocate(capacity: max(own * communicator.size, 1))
    }

    deinit {
        wire.deallocate()
        received.deallocate()
    }

    var isDone: Bool { stage == .done }

    private func part(_ rank: Int) -> Range<Int> {
        values.count * rank / communicator.size..<values.count * (rank + 1) / communicator.size
    }
    private var own: Range<Int> { part(communicator.rank) }
    private var others: [Int] { (0..<communicator.size).filter { $0 != communicator.rank } }

    func advance() -> Int32 {
        if stage == .new {
            bw_bf16_compress(values.count, values.baseAddress!, residual, wire)
            let code = exchange(
                send: { self.wire + self.part($0).lowerBound }, count: { self.part($0).count },
                receive: { self.received + $0 * self.own.count }, receiveCount: { _ in self.own.count })
            guard code == 0 else { return code }
            stage = .gathering
        }
        let code = test()
        guard code == 0 && requests.isEmpty else { return code }
        if stage == .gathering {
            addUp()
            let code = exchange(
                send: { _ in self.wire + self.own.lowerBound }, count: { _ in self.own.count },
                receive: { self.wire + self.part($0).lowerBound }, receiveCount: { self.part($0).count })
            guard code == 0 else { return code }
            stage = .spreading
            return advance()
        }
        if stage == .spreading {
            bw_bf16_expand(values.count, wire, values.baseAddress!)
            stage = .done
        }
        return 0
    }

    /// The own part's sum, rounded once more; the loss joins the own residual.
    private func addUp() {
        let sum = values.baseAddress! + own.lowerBound
        for rank in 0..<communicator.size {
            let sent = rank == communicator.rank ? wire + own.lowerBound : received + rank * own.count
            bw_bf16_accumulate(own.count, sent, sum, rank == 0 ? 0 : 1)
        }
        // Kept apart: the residual of what this rank sent must not be sent twice.
        let lost = UnsafeMutablePointer<Float>.allocate(capacity: max(own.count, 1))
        defer { lost.deallocate() }
        lost.initialize(repeating: 0, count: own.count)
        bw_bf16_compress(own.count, sum, lost, wire + own.lowerBound)
        bw_add_scaled(residual + own.lowerBound, lost, own.count, 1)
    }

    private func exchange(
        send: (Int) -> UnsafeMutablePointer<UInt16>, count: (Int) -> Int,
        receive: (Int) -> UnsafeMutablePointer<UInt16>, receiveCount: (Int) -> Int
    ) -> Int32 {
        for other in others {
            var request: bw_mpi_request = 0
            var code = bw_mpi_start_receive(
                receive(other), Int32(2 * receiveCount(other)), BW_MPI_UINT8, Int32(other), tag,
                communicator.handle, &request)
            guard code == 0 else { return code }
            requests.append(request)
            code = bw_mpi_start_send(
                send(other), Int32(2 * count(other)), BW_MPI_UINT8, Int32(other), tag, communicator.handle,
                &request)
            guard code == 0 else { return code }
            requests.append(request)
        }
        return 0
    }

    /// Drops the requests that are done.
    private func test() -> Int32 {
        var pending: [bw_mpi_request] = []
        for var request in requests {
            var done: Int32 = 0
            let code = bw_mpi_test(&request, &done)
            guard code == 0 else { return code }
            if done == 0 { pending.append(request) }
        }
        requests = pending
        return 0
    }
}
