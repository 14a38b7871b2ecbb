// ProgressReport.swift — how far a command is, on standard error: a bar on a terminal, elsewhere a
// line now and then, so that batch logs stay short.

import Foundation

/// The progress of one piece of work. One call at a time.
final class ProgressReport {
    private let name: String
    private let unit: String
    private let total: Int
    private let isTerminal = Console.errorIsTerminal
    private let began = Date()
    private var shown = Date()
    private var done = 0
    /// Seconds between two updates.
    private var interval: Double { isTerminal ? 0.2 : 30 }

    /// - Parameters:
    ///   - name: what is being made, for example "train.h5".
    ///   - unit: what is counted, in the plural.
    init(_ name: String, total: Int, unit: String) {
        self.name = name
        self.total = total
        self.unit = unit
        if isTerminal { draw() }
    }

    func update(_ done: Int) {
        self.done = done
        guard Date().timeIntervalSince(shown) >= interval else { return }
        shown = Date()
        draw()
    }

    /// Ends with a line that stays.
    func finish(_ remark: String) {
        let seconds = Date().timeIntervalSince(began)
        let time = seconds < 10 ? String(format: "%.1f s", seconds) : "\(Int(seconds.rounded())) s"
        Console.error("\(isTerminal ? "\r\u{1B}[K" : "")\(name): \(remark) in \(time)\n")
    }

    /// Leaves the line to what comes next, such as an error.
    func abandon() {
        if isTerminal { Console.error("\r\u{1B}[K") }
    }

    private func draw() {
        let share = Double(done) / Double(max(total, 1))
        let left = done == 0 ? "" : ", \(Int((Date().timeIntervalSince(began) * (1 / share - 1)).rounded())) s left"
        let text = "\(name): \(done) of \(total) \(unit)\(left)"
        if isTerminal {
            let filled = Int(share * 24)
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled)
            Console.error("\r\u{1B}[K[\(bar)] \(text)")
        } else {
            Console.error("\(text)\n")
        }
    }
}
