import { MAX_METADATA_BYTES } from '../limits.ts';

/** A package of the original as it arrives: its `max_zip_size`, which is 1 GiB where nobody raised it, and the list that is not counted there. A larger one is refused. */
export const WAZUH4_MAX_PACKAGE_BYTES = 1_140_850_688;
/** A package that is a list and nothing else, as a worker sends it: the largest list, which need not be compressed, and what packing adds then. */
export const WAZUH4_MAX_LIST_PACKAGE_BYTES = MAX_METADATA_BYTES + 1_048_576;
/** Content of such a package after inflation, where the disk has so much room; it goes there as it is inflated. */
export const WAZUH4_MAX_CONTENT_BYTES = 8_589_934_592;
/** Content of one file there: an original sends none above its `max_zip_size`, which is as much where nobody raised it. A package with a larger one is refused. */
export const WAZUH4_MAX_ENTRY_BYTES = 1_073_741_824;
/** Entries that are inflated, or read, in one piece: compressed, and as content. Larger ones go through in pieces. */
export const WAZUH4_WHOLE_ENTRY_BYTES = 1_048_576;
/** What is read of a package, or collected of one that is written, at a time. */
export const WAZUH4_WINDOW_BYTES = 4_194_304;
/** Files that are remembered because no package can hold their content: they are tried and told of once. */
export const WAZUH4_MAX_UNFIT_CONTENTS = 4096;
