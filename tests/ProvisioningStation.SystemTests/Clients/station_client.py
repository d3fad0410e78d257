"""A line station and a terminal written with zeep, from nothing but the published WSDLs."""
import sys
import uuid

import requests
import zeep
from zeep.exceptions import Fault
from zeep.transports import Transport


def connect(address, part, root):
    session = requests.Session()
    session.trust_env = False  # a bundle named in the environment would win over the factory's root
    session.cert = (f"{part}/tls.pem", f"{part}/plain.key")
    session.verify = root
    return zeep.Client(f"{address}soap?wsdl", transport=Transport(session=session)).service


def code_of(call):
    try:
        call()
    except Fault as fault:
        return fault.detail.find("{urn:provisioning-station:v1}Code").text
    return "no fault"


def terminal_at_ca(address, part, root):
    ca = connect(address, part, root)
    numbers = ["3012-900001", "3012-900002"]
    request = str(uuid.uuid4())
    first = ca.IssueCertificates(RequestId=request, MachineNumber=numbers)
    again = ca.IssueCertificates(RequestId=request, MachineNumber=numbers)
    print("order", [pack.MachineNumber for pack in first.CertificatePack] == numbers)
    print("same", [p.ClientCertificate for p in first.CertificatePack] == [p.ClientCertificate for p in again.CertificatePack]
          and [p.PrivateKey for p in first.CertificatePack] == [p.PrivateKey for p in again.CertificatePack])
    print("reused", code_of(lambda: ca.IssueCertificates(RequestId=request, MachineNumber=numbers[:1])))
    print("unknown-model", code_of(lambda: ca.IssueCertificates(RequestId=str(uuid.uuid4()), MachineNumber=["9999-000001"])))
    print("malformed", code_of(lambda: ca.IssueCertificates(RequestId=str(uuid.uuid4()), MachineNumber=["3012_000001"])))
    ca.AcknowledgeCertificates(RequestId=request)
    ca.AcknowledgeCertificates(RequestId=request)
    print("issued-twice", code_of(lambda: ca.IssueCertificates(RequestId=str(uuid.uuid4()), MachineNumber=numbers)))
    reissued = ca.ReissueCertificate(RequestId=str(uuid.uuid4()), MachineNumber=numbers[0], Reason="write failed")
    print("reissued", reissued.CertificatePack.ClientCertificate != first.CertificatePack[0].ClientCertificate)
    with open(f"{part}/board.csr", "rb") as made_by_openssl:
        board_request = made_by_openssl.read()
    sign = str(uuid.uuid4())
    signed = ca.SignCertificateRequest(RequestId=sign, MachineNumber="3012-900003", CertificateRequest=board_request)
    signed_again = ca.SignCertificateRequest(RequestId=sign, MachineNumber="3012-900003", CertificateRequest=board_request)
    print("signed", signed.CertificatePack.PrivateKey is None and signed.CertificatePack.ClientCertificate == signed_again.CertificatePack.ClientCertificate)
    print("not-signed", code_of(lambda: ca.SignCertificateRequest(RequestId=str(uuid.uuid4()), MachineNumber="3012-900004", CertificateRequest=b"no request")))
    back = str(uuid.uuid4())
    returned = ca.ReturnCertificates(RequestId=back, MachineNumber=numbers, Reason="left over")
    anew = ca.IssueCertificates(RequestId=str(uuid.uuid4()), MachineNumber=numbers)
    returned_again = ca.ReturnCertificates(RequestId=back, MachineNumber=numbers)
    print("returned", returned.Revoked == 2 and len(anew.CertificatePack) == 2 and returned_again.Revoked == 2)
    print("still-issued", code_of(lambda: ca.IssueCertificates(RequestId=str(uuid.uuid4()), MachineNumber=numbers)))
    common = ca.GetCommonCertificate(RequestId=str(uuid.uuid4()))
    print("common", common.CertificatePack.MachineNumber is None and len(common.CertificatePack.PrivateKey) > 0)


def station_at_terminal(address, part, root, number):
    terminal = connect(address, part, root)
    answer = terminal.RequestCertificate(MachineNumber=number)
    print("attempt", answer.Attempt)
    terminal.ReportReceipt(MachineNumber=number, Attempt=answer.Attempt)
    failed = terminal.ReportWriteResult(MachineNumber=number, Attempt=1, Succeeded=False, Detail="worn flash", FirmwareVersion="1.0")
    print("after-failure", failed)
    second = terminal.RequestCertificate(MachineNumber=number)
    print("second-attempt", second.Attempt, second.CertificatePack.ClientCertificate != answer.CertificatePack.ClientCertificate)
    terminal.ReportReceipt(MachineNumber=number, Attempt=2)
    done = terminal.ReportWriteResult(MachineNumber=number, Attempt=2, Succeeded=True, Detail="", FirmwareVersion="1.0")
    print("after-success", done)
    print("again", code_of(lambda: terminal.RequestCertificate(MachineNumber=number)))
    print("not-in-plan", code_of(lambda: terminal.RequestCertificate(MachineNumber="3012-999999")))
    print("not-managed", code_of(lambda: terminal.RequestCertificate(MachineNumber="A125-100001")))


def wrong_caller(address, part, root):
    service = connect(address, part, root)
    print("wrong-caller", code_of(lambda: service.GetCommonCertificate(RequestId=str(uuid.uuid4()))))


{"ca": terminal_at_ca, "terminal": station_at_terminal, "wrong": wrong_caller}[sys.argv[1]](*sys.argv[2:])
