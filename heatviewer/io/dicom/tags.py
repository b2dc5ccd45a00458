"""The elements that images are described with: keyword, tag and VR, as in PS3.6.

Part of pydicom's dictionary, which takes longer to load (0.3 s) than a series of headers to read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_TABLE: Final = """
AcquisitionDate 00080022 DA  AcquisitionDateTime 0008002A DT  AcquisitionNumber 00200012 IS
AcquisitionTime 00080032 TM  ActualFrameDuration 00181242 IS  BitsAllocated 00280100 US
BitsStored 00280101 US  BluePaletteColorLookupTableData 00281203 OW
BluePaletteColorLookupTableDescriptor 00281103 US_or_SS  BodyPartExamined 00180015 CS
CardiacSynchronizationSequence 00189118 SQ  CineRate 00180040 IS  CodeMeaning 00080104 LO
CodeValue 00080100 SH  Columns 00280011 US  ComplexImageComponent 00089208 CS
CompressionCode 00280060 CS  ContentDate 00080023 DA  ContentTime 00080033 TM
ConvolutionKernel 00181210 SH  CorrectedImage 00280051 CS  CTImageFrameTypeSequence 00189329 SQ
DecayCorrection 00541102 CS  DecayFactor 00541321 DS  DerivationDescription 00082111 ST
DetectorInformationSequence 00540022 SQ  DiffusionBValue 00189087 FD
DiffusionDirectionality 00189075 CS  DiffusionGradientDirectionSequence 00189076 SQ
DiffusionGradientOrientation 00189089 FD  DimensionIndexSequence 00209222 SQ
DimensionIndexValues 00209157 UL  DimensionOrganizationType 00209311 CS  DoseComment 30040006 LO
DoseGridScaling 3004000E DS  DoseSummationType 3004000A CS  DoseType 30040004 CS  DoseUnits 30040002 CS
DoubleFloatRealWorldValueFirstValueMapped 00409214 FD
DoubleFloatRealWorldValueLastValueMapped 00409213 FD  EchoNumbers 00180086 IS  EchoTime 00180081 DS
EffectiveEchoTime 00189082 FD  FlipAngle 00181314 DS  FrameAcquisitionDateTime 00189074 DT
FrameAcquisitionNumber 00209156 US  FrameContentSequence 00209111 SQ  FrameIncrementPointer 00280009 AT
FrameOfReferenceUID 00200052 UI  FrameReferenceDateTime 00189151 DT  FrameReferenceTime 00541300 DS
FrameTime 00181063 DS  FrameTimeVector 00181065 DS  FrameType 00089007 CS
FrameVOILUTSequence 00289132 SQ  GreenPaletteColorLookupTableData 00281202 OW
GreenPaletteColorLookupTableDescriptor 00281102 US_or_SS  GridFrameOffsetVector 3004000C DS
HighBit 00280102 US  ImageOrientationPatient 00200037 DS  ImageOrientationVolume 00209302 FD
ImagePositionPatient 00200032 DS  ImagePositionVolume 00209301 FD  ImagerPixelSpacing 00181164 DS
ImageType 00080008 CS  InStackPositionNumber 00209057 UL  InstanceNumber 00200013 IS  KVP 00180060 DS
LUTData 00283006 US_or_OW  LUTDescriptor 00283002 US_or_SS  LUTExplanation 00283003 LO
LUTLabel 00409210 SH  MagneticFieldStrength 00180087 DS  Manufacturer 00080070 LO
MaximumFractionalValue 0062000E US  MeasurementUnitsCodeSequence 004008EA SQ
MediaStorageSOPClassUID 00020002 UI  Modality 00080060 CS  ModalityLUTSequence 00283000 SQ
ModalityLUTType 00283004 LO  MRDiffusionSequence 00189117 SQ  MREchoSequence 00189114 SQ
MRImageFrameTypeSequence 00189226 SQ  NominalCardiacTriggerDelayTime 00209153 FD
NominalScannedPixelSpacing 00182010 DS  NumberOfFrames 00280008 IS
NumberOfTemporalPositions 00200105 IS  PatientID 00100020 LO  PatientName 00100010 PN
PatientOrientation 00200020 CS  PatientSex 00100040 CS  PatientSize 00101020 DS
PatientWeight 00101030 DS  PerFrameFunctionalGroupsSequence 52009230 SQ
PETFrameTypeSequence 00189751 SQ  PhotometricInterpretation 00280004 CS  PhysicalDeltaX 0018602C FD
PhysicalDeltaY 0018602E FD  PhysicalUnitsXDirection 00186024 US  PhysicalUnitsYDirection 00186026 US
PixelAspectRatio 00280034 IS  PixelMeasuresSequence 00289110 SQ
PixelPaddingRangeLimit 00280121 US_or_SS  PixelPaddingValue 00280120 US_or_SS
PixelRepresentation 00280103 US  PixelSpacing 00280030 DS  PixelValueTransformationSequence 00289145 SQ
PlanarConfiguration 00280006 US  PlaneOrientationSequence 00209116 SQ
PlaneOrientationVolumeSequence 0020930F SQ  PlanePositionSequence 00209113 SQ
PlanePositionVolumeSequence 0020930E SQ  PresentationLUTShape 20500020 CS
QuantityDefinitionSequence 00409220 SQ  RadionuclideHalfLife 00181075 DS
RadionuclideTotalDose 00181074 DS  RadiopharmaceuticalInformationSequence 00540016 SQ
RadiopharmaceuticalStartDateTime 00181078 DT  RadiopharmaceuticalStartTime 00181072 TM
RealWorldValueFirstValueMapped 00409216 US_or_SS  RealWorldValueIntercept 00409224 FD
RealWorldValueLastValueMapped 00409211 US_or_SS  RealWorldValueLUTData 00409212 FD
RealWorldValueMappingSequence 00409096 SQ  RealWorldValueSlope 00409225 FD
RecommendedDisplayCIELabValue 0062000D US  RecommendedDisplayFrameRate 00082144 IS
RedPaletteColorLookupTableData 00281201 OW  RedPaletteColorLookupTableDescriptor 00281101 US_or_SS
ReferencedSegmentNumber 0062000B US  RegionSpatialFormat 00186012 US  RepetitionTime 00180080 DS
RescaleIntercept 00281052 DS  RescaleSlope 00281053 DS  RescaleType 00281054 LO  Rows 00280010 US
SamplesPerPixel 00280002 US  SegmentationFractionalType 00620010 CS  SegmentationType 00620001 CS
SegmentIdentificationSequence 0062000A SQ  SegmentLabel 00620005 LO  SegmentNumber 00620004 US
SegmentSequence 00620002 SQ  SequenceName 00180024 SH  SequenceOfUltrasoundRegions 00186011 SQ
SeriesDate 00080021 DA  SeriesDescription 0008103E LO  SeriesInstanceUID 0020000E UI
SeriesNumber 00200011 IS  SeriesTime 00080031 TM  SharedFunctionalGroupsSequence 52009229 SQ
SliceLocation 00201041 DS  SliceThickness 00180050 DS  SliceVector 00540080 US  SOPClassUID 00080016 UI
SOPInstanceUID 00080018 UI  SpacingBetweenSlices 00180088 DS  SpecificCharacterSet 00080005 CS
StackID 00209056 SH  StudyDate 00080020 DA  StudyDescription 00081030 LO  StudyInstanceUID 0020000D UI
SUVType 00541006 CS  TemporalPositionIdentifier 00200100 IS  TemporalPositionIndex 00209128 UL
TemporalPositionSequence 00209310 SQ  TemporalPositionTimeOffset 0020930D FD
TimeSliceVector 00540100 US  TransferSyntaxUID 00020010 UI  TriggerTime 00181060 DS
UltrasoundColorDataPresent 00280014 US  Units 00541001 CS  VOILUTFunction 00281056 CS
VOILUTSequence 00283010 SQ  WindowCenter 00281050 DS  WindowCenterWidthExplanation 00281055 LO
WindowWidth 00281051 DS
"""


def _parsed(table: str) -> dict[str, tuple[int, str]]:
    words = table.split()
    return {
        keyword: (int(tag, 16), vr)
        for keyword, tag, vr in zip(words[::3], words[1::3], words[2::3], strict=True)
    }


#: Keyword to tag and VR; two VRs that the dictionary allows are joined as in ``"US_or_SS"``.
TAGS: Final = _parsed(_TABLE)


@lru_cache(maxsize=1024)
def tag_of(keyword: str) -> tuple[int, str]:
    """Return an element's tag and VR; (−1, "UN") for a keyword that DICOM does not have."""
    found = TAGS.get(keyword)
    if found is not None:
        return found
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    tag = tag_for_keyword(keyword)
    return (-1, "UN") if tag is None else (tag, dictionary_VR(tag).replace(" ", "_"))
