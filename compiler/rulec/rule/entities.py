"""Sentinel's entity types, their identifiers, and what identifies one.

Source: Azure-Sentinel, EntityMappingIdentifiers (identifiers, and the combinations of which one is required);
Learn, "Microsoft Sentinel entity types reference" (further identifiers of Account, IP and IoTDevice).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rulec.records import record


@record(frozen=True, slots=True)
class EntityType:
    """What a mapping of this type may name, and the sets of identifiers of which one must be mapped whole."""

    identifiers: tuple[str, ...]
    required: tuple[frozenset[str], ...]

    def is_identified_by(self, names: frozenset[str]) -> bool:
        """Whether the identifiers in `names` are enough for an entity to come of them."""
        return any(needed <= names for needed in self.required)

    @property
    def requirement(self) -> str:
        """The required combinations in words: `Algorithm and Value`, `AppId or Name`."""
        return " or ".join(" and ".join(i for i in self.identifiers if i in needed) for needed in self.required)


def _entity(identifiers: str, required: str) -> EntityType:
    """`required`: alternatives separated by `|`, identifiers of one by `+`."""
    return EntityType(tuple(identifiers.split()), tuple(frozenset(part.split("+")) for part in required.split("|")))


ENTITY_TYPES: Final[Mapping[str, EntityType]] = MappingProxyType(
    {
        "Account": _entity(
            "Name FullName NTDomain DnsDomain UPNSuffix Sid AadTenantId AadUserId PUID IsDomainJoined DisplayName ObjectGuid "
            "CloudAppAccountId IsAnonymized",
            "FullName|Sid|Name|AadUserId|PUID|ObjectGuid",
        ),
        "AzureResource": _entity("ResourceId", "ResourceId"),
        "CloudApplication": _entity("AppId Name InstanceName", "AppId|Name"),
        "DNS": _entity("DomainName", "DomainName"),
        "File": _entity("Directory Name", "Name"),
        "FileHash": _entity("Algorithm Value", "Algorithm+Value"),
        "Host": _entity(
            "DnsDomain NTDomain HostName FullName NetBiosName AzureID OMSAgentID OSFamily OSVersion IsDomainJoined",
            "FullName|HostName|NetBiosName|AzureID|OMSAgentID",
        ),
        "IP": _entity("Address AddressScope", "Address"),
        "IoTDevice": _entity(
            "IoTHub DeviceId DeviceName Manufacturer Model FirmwareVersion OperatingSystem IpAddress MacAddress Protocols "
            "SerialNumber Source SourceRef IoTSecurityAgentId DeviceType",
            "DeviceId",
        ),
        "MailCluster": _entity(
            "NetworkMessageIds CountByDeliveryStatus CountByThreatType CountByProtectionStatus Threats Query QueryTime MailCount "
            "IsVolumeAnomaly Source ClusterSourceIdentifier ClusterSourceType ClusterQueryStartTime ClusterQueryEndTime ClusterGroup",
            "Query|Source",
        ),
        "MailMessage": _entity(
            "Recipient Urls Threats Sender P1Sender P1SenderDisplayName P1SenderDomain SenderIP P2Sender P2SenderDisplayName "
            "P2SenderDomain ReceivedDate NetworkMessageId InternetMessageId Subject BodyFingerprintBin1 BodyFingerprintBin2 "
            "BodyFingerprintBin3 BodyFingerprintBin4 BodyFingerprintBin5 AntispamDirection DeliveryAction DeliveryLocation "
            "Language ThreatDetectionMethods",
            "NetworkMessageId|Recipient",
        ),
        "Mailbox": _entity("MailboxPrimaryAddress DisplayName Upn ExternalDirectoryObjectId RiskLevel", "MailboxPrimaryAddress"),
        "Malware": _entity("Name Category", "Name"),
        "Process": _entity("ProcessId CommandLine ElevationToken CreationTimeUtc", "CommandLine|ProcessId"),
        "RegistryKey": _entity("Hive Key", "Hive|Key"),
        "RegistryValue": _entity("Name Value ValueType", "Name"),
        "SecurityGroup": _entity("DistinguishedName SID ObjectGuid", "DistinguishedName|SID|ObjectGuid"),
        "SubmissionMail": _entity(
            "NetworkMessageId Timestamp Recipient Sender SenderIp Subject ReportType SubmissionId SubmissionDate Submitter",
            "SubmissionId|NetworkMessageId|Recipient|Submitter",
        ),
        "URL": _entity("Url", "Url"),
    }
)

#: Columns that alerts once turned into entities by their names alone, and what they stand for now.
#: Source: Azure-Sentinel, NewEntityMappings.
LEGACY_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AccountCustomEntity": "Account",
        "HostCustomEntity": "Host",
        "IPCustomEntity": "IP",
        "URLCustomEntity": "URL",
        "ProcessCustomEntity": "Process",
        "FileHashCustomEntity": "FileHash",
    }
)
