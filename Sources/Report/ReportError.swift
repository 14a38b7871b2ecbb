// ReportError.swift — what can go wrong while a report is written.

public enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
    case cannotWrite(path: String, reason: String)

    public var description: String {
        switch self {
        case .cannotWrite(let path, let reason):
            "the report file \(path) can't be written: \(reason); "
                + "check the folder's owner and free space, then make the report again"
        }
    }
}
