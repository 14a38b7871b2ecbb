import Imaging
extension Predictor {
    public func saliencySheet() throws -> Image? { nil }
}
