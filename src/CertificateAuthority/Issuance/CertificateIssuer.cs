using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ProvisioningStation.CertificateAuthority.KeyPools;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.CertificateAuthority.Revocation;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// How a certificate comes to be, in an order that a power cut can't spoil:
/// <list type="number">
/// <item>make the keys and the to-be-signed octets of the whole request, in memory;</item>
/// <item>reserve: store the request and all of them in one transaction;</item>
/// <item>slice by slice: check each against its profile, sign, compare;</item>
/// <item>store the signatures;</item>
/// <item>send the slice, and forget its keys in clear.</item>
/// </list>
/// The same request again enters at the first step that is not done yet. Two callers at once with the same request may both sign a slice; only one of them can store it,
/// and what is sent is always what is stored.
/// </summary>
internal sealed class CertificateIssuer(
    IssuanceStore store,
    PackMaker packs,
    QuotaBook quotas,
    ReservedProfiles profiles,
    IssuingActivity activity,
    SigningGate gate,
    RevocationNews news,
    IssuanceOptions options,
    TimeProvider time)
{
    private readonly PackMaker _packs = packs;
    private readonly int _sliceSize = options.SliceSize;

    /// <summary>Carries an order out, or goes on with it. When this returns, the first slice is stored and ready to be sent; the others follow while the caller reads.</summary>
    /// <exception cref="ProvisioningException">It is refused; nothing was stored.</exception>
    public async Task<IAsyncEnumerable<IReadOnlyList<CertificatePack>>> IssueAsync(IssuanceOrder order, CancellationToken cancellationToken)
    {
        var slices = await BeginAsync(order, cancellationToken);
        var first = await slices.CompleteAsync(0, cancellationToken);
        return slices.SendAsync(first, cancellationToken);
    }

    /// <summary>Carries an order for one certificate out. The caller clears the pack's key once it is sent.</summary>
    /// <exception cref="ProvisioningException">It is refused; nothing was stored.</exception>
    public async Task<CertificatePack> IssueOneAsync(IssuanceOrder order, CancellationToken cancellationToken)
    {
        var slices = await BeginAsync(order, cancellationToken);
        return _packs.ToPacks(await slices.CompleteAsync(0, cancellationToken)).Single();
    }

    private async Task<Slices> BeginAsync(IssuanceOrder order, CancellationToken cancellationToken)
    {
        order.Validate();
        gate.Require();
        activity.Touch();
        var noRoom = order.IsReplacement ? null : quotas.FindRefusal(order.Caller, order.MachineNumbers); // before keys are made for nothing
        if (store.FindRequest(order.RequestId) is { } earlier)
            return new Slices(this, order, RequireSame(earlier, order), null);
        if (noRoom is not null)
            throw noRoom;
        var made = order.PublicKey is { } publicKey
            ? _packs.Prepare(order.MachineNumbers, [publicKey], time.GetUtcNow())
            : _packs.Prepare(order.MachineNumbers, time.GetUtcNow());
        try
        {
            KillPoint.Reached(CertificateAuthorityKillPoints.BeforeReserve);
            // Even where the caller has gone meanwhile (a thousand RSA keys take minutes): it asks again, and finds what was made.
            var (request, isNew) = await store.ReserveAsync(order, made, made.Length > 1 ? CancellationToken.None : cancellationToken);
            KillPoint.Reached(CertificateAuthorityKillPoints.AfterReserve);
            if (order.IsReplacement)
                news.Announce(); // the earlier certificate has ended
            if (isNew)
                return new Slices(this, order, request, made);
            Clear(made);
            return new Slices(this, order, RequireSame(request, order), null);
        }
        catch
        {
            Clear(made);
            throw;
        }
        finally
        {
            _packs.Release(made);
        }
    }

    private static RequestRecord RequireSame(RequestRecord request, IssuanceOrder order)
    {
        if (request.Caller != order.Caller)
            throw new ProvisioningException(ErrorCode.NotAuthorized, $"Request {order.RequestId} is another terminal's.");
        if (request.ContentSha256 != order.ContentSha256)
            throw new ProvisioningException(ErrorCode.RequestIdReused, $"Request {order.RequestId} was made before with other content. Take a new id for a new request.");
        if (request.ExpiredAt is not null)
            throw new ProvisioningException(ErrorCode.KeysExpired, $"Request {order.RequestId} was not acknowledged in time: its private keys were wiped and its certificates revoked. Order the numbers again with a new id.");
        if (request.AcknowledgedAt is not null)
            throw new ProvisioningException(ErrorCode.AlreadyAcknowledged, $"Request {order.RequestId} was acknowledged; its private keys are no longer held.");
        return request;
    }

    private static void Clear(IEnumerable<CertificateRecord> certificates)
    {
        foreach (var certificate in certificates)
            certificate.ClearPrivateKey();
    }

    /// <summary>One request on its way out, as a pipeline: while a slice is sent, the next one is stored and the one behind it signed.</summary>
    private sealed class Slices(CertificateIssuer issuer, IssuanceOrder order, RequestRecord request, CertificateRecord?[]? made)
    {
        private readonly int _size = issuer._sliceSize;

        private long Count => (request.CertificateCount + _size - 1) / _size;

        public async IAsyncEnumerable<IReadOnlyList<CertificatePack>> SendAsync(
            IReadOnlyList<CertificateRecord> first,
            CancellationToken requested,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(requested, cancellationToken);
            var ready = Channel.CreateBounded<IReadOnlyList<CertificateRecord>>(1);
            var completing = CompleteOthersAsync(ready.Writer, linked.Token);
            try
            {
                var slice = first;
                do
                {
                    yield return issuer._packs.ToPacks(slice);
                    Clear(slice);
                    KillPoint.Reached(CertificateAuthorityKillPoints.AfterSend);
                }
                while (await ready.Reader.WaitToReadAsync(linked.Token) && ready.Reader.TryRead(out slice!));
            }
            finally
            {
                await linked.CancelAsync();
                await completing;
                while (ready.Reader.TryRead(out var unsent))
                    Clear(unsent);
                Clear(first);
                Clear(made?.OfType<CertificateRecord>() ?? []);
            }
        }

        /// <summary>Signs and stores what of a slice is not issued yet. Gives what may be sent: certificates that were superseded meanwhile are left out.</summary>
        public Task<IReadOnlyList<CertificateRecord>> CompleteAsync(long index, CancellationToken cancellationToken) => StoreAsync(index, Sign(index), cancellationToken);

        /// <summary>All slices but the first. Its own failure is the reader's: the channel ends with it.</summary>
        private async Task CompleteOthersAsync(ChannelWriter<IReadOnlyList<CertificateRecord>> ready, CancellationToken cancellationToken)
        {
            Task<List<CertificateRecord>>? signing = null;
            try
            {
                for (var index = 1L; index < Count; index++)
                {
                    var slice = await (signing ?? SignAsync(index));
                    signing = index + 1 < Count ? SignAsync(index + 1) : null;
                    var stored = await StoreAsync(index, slice, cancellationToken);
                    try
                    {
                        await ready.WriteAsync(stored, cancellationToken);
                    }
                    catch
                    {
                        Clear(stored);
                        throw;
                    }
                }

                ready.Complete();
            }
            catch (Exception cause)
            {
                ready.Complete(cause);
                if (signing is not null)
                    await signing.ContinueWith(static done => Clear(done.IsCompletedSuccessfully ? done.Result : []), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }

            Task<List<CertificateRecord>> SignAsync(long index) => Task.Run(() => Sign(index), cancellationToken);
        }

        /// <summary>A slice as made or as stored, and what of it is reserved checked and signed.</summary>
        private List<CertificateRecord> Sign(long index)
        {
            var start = index * _size;
            var count = Math.Min(_size, request.CertificateCount - start);
            var slice = TakeMade((int)start, (int)count) ?? issuer.Load(request, start, count, order.PublicKey);
            try
            {
                issuer.Sign(Open(slice));
                return slice;
            }
            catch
            {
                Clear(slice);
                throw;
            }
        }

        private async Task<IReadOnlyList<CertificateRecord>> StoreAsync(long index, List<CertificateRecord> slice, CancellationToken cancellationToken)
        {
            try
            {
                while (true)
                {
                    var open = Open(slice);
                    if (open.Count == 0 || await issuer.StoreAsync(request.RequestId, open, cancellationToken))
                        return RequireSome(slice.Where(certificate => certificate.State == CertificateState.Issued).ToList());
                    Clear(slice);
                    slice = Sign(index); // somebody else was there first: what is stored counts
                }
            }
            catch
            {
                Clear(slice);
                throw;
            }
        }

        private static List<CertificateRecord> Open(List<CertificateRecord> slice) => slice.Where(certificate => certificate.State == CertificateState.Reserved).ToList();

        /// <summary>What was made for a slice, handed over: the memory is free again as soon as the slice is sent.</summary>
        private List<CertificateRecord>? TakeMade(int start, int count)
        {
            var slice = made?.Skip(start).Take(count).OfType<CertificateRecord>().ToList();
            if (made is not null)
                Array.Clear(made, start, count);
            return slice?.Count == count ? slice : null;
        }

        private List<CertificateRecord> RequireSome(List<CertificateRecord> slice) =>
            slice.Count > 0 || request.CertificateCount > 1
                ? slice
                : throw new ProvisioningException(ErrorCode.Conflict, $"The certificate of request {request.RequestId} was superseded by a later request, or revoked.");
    }

    private List<CertificateRecord> Load(RequestRecord request, long start, long count, byte[]? publicKey)
    {
        var certificates = store.Load(request.FirstCertificate + start, count);
        var reservedUnder = profiles.Open(request);
        foreach (var certificate in certificates)
        {
            _packs.Open(certificate, reservedUnder);
            certificate.GivenPublicKey = publicKey;
        }

        return certificates;
    }

    private void Sign(IReadOnlyList<CertificateRecord> certificates)
    {
        if (certificates.Count == 0)
            return;
        gate.Require();
        activity.Touch();
        _packs.Check(certificates);
        KillPoint.Reached(CertificateAuthorityKillPoints.BeforeSign);
        _packs.Sign(certificates);
        KillPoint.Reached(CertificateAuthorityKillPoints.AfterSign);
    }

    private async Task<bool> StoreAsync(string requestId, IReadOnlyList<CertificateRecord> certificates, CancellationToken cancellationToken)
    {
        if (!await store.IssueAsync(requestId, certificates, cancellationToken))
            return false;
        KillPoint.Reached(CertificateAuthorityKillPoints.AfterIssue);
        foreach (var certificate in certificates)
            certificate.State = CertificateState.Issued;
        return true;
    }
}
