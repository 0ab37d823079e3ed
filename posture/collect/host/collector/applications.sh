# Of the section software, first: web applications that tell their version in a file, as data. A line: the product; whole
# when it brings the libraries it uses along, composed when Composer installs them; sure when that file's place alone
# names the product, else maybe; how many steps up from the file its folder is (0: the file is all there is); the file; a
# word that stands in it, or with ! must not (. for any character, - for none); the extended regular expression for the
# line with the version, where %V stands for the version.

applications=$(sed 's/%V/([0-9][0-9A-Za-z.+-]*)/' <<'TABLE'
wordpress whole sure 2 wp-includes/version.php - ^\$wp_version *= *'%V'
nextcloud whole maybe 1 version.php vendor.*'nextcloud' ^\$OC_VersionString *= *'%V'
owncloud whole maybe 1 version.php !vendor.*'nextcloud' ^\$OC_VersionString *= *'%V'
moodle whole maybe 1 version.php \$maturity ^\$release *= *'%V
drupal composed sure 3 core/lib/Drupal.php - ^ *const VERSION *= *'%V'
drupal whole maybe 2 includes/bootstrap.inc Drupal ^define\('VERSION', *'%V'
joomla whole sure 4 administrator/manifests/files/joomla.xml - ^[[:blank:]]*<version>%V</version>
typo3 composed sure 6 typo3/sysext/core/Classes/Information/Typo3Version.php - ^ *[a-z ]*const VERSION *= *'%V'
typo3 composed sure 6 vendor/typo3/cms-core/Classes/Information/Typo3Version.php - ^ *[a-z ]*const VERSION *= *'%V'
mediawiki whole maybe 2 includes/Defines.php MW_VERSION ^define\( *'MW_VERSION', *'%V'
mediawiki whole maybe 2 includes/DefaultSettings.php wgVersion ^\$wgVersion *= *'%V'
phpmyadmin whole maybe 3 libraries/classes/Version.php VERSION_SUFFIX ^ *[a-z ]*const VERSION *= *'%V' \. VERSION_SUFFIX
phpmyadmin whole maybe 2 src/Version.php VERSION_SUFFIX ^ *[a-z ]*const VERSION *= *'%V' \. VERSION_SUFFIX
phpmyadmin whole maybe 3 libraries/classes/Config.php PMA_VERSION ^ *.this->set\('PMA_VERSION', *'%V'
phpmyadmin whole maybe 2 libraries/Config.php PMA_VERSION ^ *.this->set\('PMA_VERSION', *'%V'
phpmyadmin whole maybe 2 libraries/Config.class.php PMA_VERSION ^ *.this->set\('PMA_VERSION', *'%V'
roundcube whole sure 3 program/include/iniset.php RCMAIL_VERSION ^ *define\('RCMAIL_VERSION', *'%V'
matomo whole maybe 2 core/Version.php namespace.Piwik ^ *[a-z ]*const VERSION *= *'%V'
prestashop whole maybe 2 app/AppKernel.php PrestaShop ^ *[a-z ]*const VERSION *= *'%V'
prestashop whole maybe 3 src/Core/Version.php PrestaShop ^ *[a-z ]*const VERSION *= *'%V'
magento composed sure 4 vendor/magento/magento2-base/composer.json - ^ *"version": *"%V"
phpbb whole maybe 2 includes/constants.php PHPBB_VERSION ^@*define\('PHPBB_VERSION', *'%V'
dolibarr whole maybe 1 filefunc.inc.php DOL_VERSION ^.*define\('DOL_VERSION', *'%V'
adminer whole maybe 0 adminer*.php Adminer ^[ *]*@version %V
grafana whole maybe 1 grafana*/VERSION - ^v?%V$
TABLE
)
