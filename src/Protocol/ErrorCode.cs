namespace ProvisioningStation.Protocol;

/// <summary>
/// Every way in which something can be refused or fail, across the whole system. The names are stable: they are the <c>detail/Code</c> of a SOAP fault,
/// the <c>code</c> of a problem document and the key of a kiosk message.
/// </summary>
public enum ErrorCode
{
    /// <summary>A defect of ours; the message carries an id under which the log has the detail.</summary>
    Internal,

    /// <summary>The bytes are not the message they should be.</summary>
    MalformedRequest,

    /// <summary>More bytes than the limit.</summary>
    RequestTooLarge,

    /// <summary>The peer's certificate does not allow this operation.</summary>
    NotAuthorized,

    /// <summary>Not of the form of a machine number.</summary>
    InvalidMachineNumber,

    /// <summary>Not of the form of a model code.</summary>
    InvalidModelCode,

    /// <summary>The CA has no profile for this model.</summary>
    UnknownModel,

    /// <summary>No approved quota covers this request (P-30).</summary>
    QuotaExceeded,

    /// <summary>The machine number already has a valid certificate (P-29).</summary>
    AlreadyIssued,

    /// <summary>The same request id came with other content.</summary>
    RequestIdReused,

    /// <summary>The CA has no request with this id.</summary>
    UnknownRequest,

    /// <summary>The private keys of this request were acknowledged and are no longer held.</summary>
    AlreadyAcknowledged,

    /// <summary>The certificate request (PKCS#10) is not acceptable.</summary>
    InvalidCertificateRequest,

    /// <summary>Boards of this model make their own key (P-28): the station asks the board for a certificate request and submits it.</summary>
    CertificateRequestRequired,

    /// <summary>The terminal has no pack for this machine number: it is not in the plan.</summary>
    NotInStore,

    /// <summary>The written flag of this machine number is set.</summary>
    AlreadyWritten,

    /// <summary>Units of this model get no certificate (P-6).</summary>
    NotManaged,

    /// <summary>Too many attempts failed; a person has to decide.</summary>
    Blocked,

    /// <summary>The unit belongs to another line, or another line has taken it over.</summary>
    WrongLine,

    /// <summary>The CA can't be reached and the store can't answer alone.</summary>
    CaUnavailable,

    /// <summary>The report names an attempt that is not the current one.</summary>
    WrongAttempt,

    /// <summary>The communication terminal can't be reached.</summary>
    TerminalUnavailable,

    /// <summary>No board answers on the cable.</summary>
    BoardUnavailable,

    /// <summary>The board on the cable is another one than the one scanned.</summary>
    WrongBoard,

    /// <summary>What answers on the cable is not one of our boards, or its certificate is not from our CA.</summary>
    ForeignBoard,

    /// <summary>The board has no common certificate yet; it was not on the board line.</summary>
    NoCommonCertificate,

    /// <summary>The board has a common certificate already.</summary>
    CommonCertificateExists,

    /// <summary>The board is writing; ask again later.</summary>
    BoardBusy,

    /// <summary>The board could not write, or what it read back was not what it wrote.</summary>
    WriteFailed,

    /// <summary>The handshake with the board's new certificate did not prove the machine number (P-27).</summary>
    ProofFailed,

    /// <summary>The pack's key, certificate and machine number do not belong together.</summary>
    InvalidCertificatePack,

    /// <summary>The barcode is not a machine number, or the frame was not whole.</summary>
    UnreadableScan,

    /// <summary>This line works only with a worker signed in, and nobody is.</summary>
    SignInRequired,

    /// <summary>The production plan breaks its rules.</summary>
    InvalidPlan,

    /// <summary>The production management system can't be reached or answered with an error.</summary>
    PlanUnavailable,

    /// <summary>A thing that was asked for by name does not exist.</summary>
    NotFound,

    /// <summary>The state does not allow this step; somebody else was there first.</summary>
    Conflict,

    /// <summary>The operation belongs to a function that this part does not have.</summary>
    NotSupported,

    /// <summary>The CA has stopped signing until an administrator decides.</summary>
    SigningStopped,

    /// <summary>Nothing more can be stored: the disk is full. Nothing was lost; ask again when there is room.</summary>
    StorageFull,

    /// <summary>The private keys were wiped because nobody acknowledged them in time, and their certificates revoked.</summary>
    KeysExpired,

    /// <summary>A certificate would break its profile or RFC 5280; it was not signed.</summary>
    ProfileViolation,

    /// <summary>The thing has been changed since the caller read it (<c>If-Match</c>).</summary>
    PreconditionFailed,

    /// <summary>The certificate that the caller presents has been revoked.</summary>
    Revoked,

    /// <summary>A part of the system does not answer; said by whoever asked it over REST.</summary>
    Unreachable,

    /// <summary>The line's printer does not take the check sheet; the station keeps it and tries again.</summary>
    PrinterUnavailable,

    /// <summary>The station ended in the middle of the unit's visit; the next scan goes on.</summary>
    Interrupted,

    /// <summary>Not an image, not whole, or not signed by a key that is trusted (U-20).</summary>
    InvalidImage,

    /// <summary>The image is good, but not for this board or not any more: wrong model, older, expired, too big (U-20).</summary>
    ImageNotAllowed,

    /// <summary>The board did not come up with what was sent to it (U-9).</summary>
    UpdateFailed,

    /// <summary>The update was given up by the person who asked for it.</summary>
    UpdateAborted,

    /// <summary>The board's updating side does not answer.</summary>
    GatewayUnavailable,
}
