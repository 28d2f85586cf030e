/// A neper, the unit of log-mels: a level above another by one is e times its amplitude.
public enum Neper {
    /// The number of decibels in a neper, 20 / ln 10.
    public static let decibels: Float = 8.685_889_6
}
