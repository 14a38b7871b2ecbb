import Imaging
extension SyntheticIdentity {
    @_spi(Sheet) public func frame(_ scene: SyntheticScene, _ i: Int, size: Int) throws -> SyntheticFrame {
        let (canvas, landmarks) = FaceRenderer(self, size: size).render(scene, frame: i)
        return SyntheticFrame(image: try Sensor.develop(canvas, scene: scene, frame: i), landmarks: landmarks)
    }
}
